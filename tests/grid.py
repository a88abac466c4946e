"""The texts of the type grid: what each type of Table Schema accepts, and what it does not; parted by semicolons."""

ACCEPTED = {
    "string": "a;007; ;é",
    "integer": "0;-7;+7;007;9223372036854775807",
    "number": "1;-1.5;.5;5.;1e3;1E-3;NaN;INF;-INF;+2.0",
    "boolean": "true;True;TRUE;1;false;False;FALSE;0",
    "date": "2023-07-12;0001-01-01;9999-12-31;2024-02-29",
    "time": "00:00:00;23:59:59",
    "datetime": "2023-07-12T08:30:00Z;2023-07-12T08:30:00;2023-07-12T08:30:00+05:00;2023-07-12T08:30:00.5-14:00",
    "year": "2023;-0044;12023",
    "yearmonth": "2023-07;-0044-03",
    "duration": "P1D;PT5M;P1Y2M3DT4H5M6.75S;-P1D;P0Y",
    "geopoint": "71.095, 34.115;-180,90",
    "geojson": '{"type": "Point", "coordinates": [71.1, 34.1]}',
    "object": '{"a": 1};{}',
    "array": "[1, 2];[]",
    "list": "a,b",
    "any": "anything",
}
REFUSED = {
    "integer": "3.0;1_000;１;1e3;0x1;9223372036854775808;1,000; 7;7 ;--1;",
    "number": "1_0;1,5;١;0x1;1e;.;infinity;sNaN;1.5.2; 1",
    "boolean": "yes;no;t;f;TrUe;2",
    "date": "2023-7-12;12.07.2023;2023-02-30;infinity;2023-07-12T00:00:00;20230712;2023-07-12 ;10000-01-01",
    "time": "24:00:00;8:30:00;08:30;08:60:00;noon;08:30:00.5;08:30:00Z",
    "datetime": "2023-07-12 08:30:00;2023-07-12T24:00:00Z;2023-07-12;2023-02-30T00:00:00Z;2016-12-31T23:59:60Z;2023-07-12T08:30:00+0500"
    ";2023-07-12T08:30:00+14:30;2023-07-12T08:30:00.1234567Z;0001-01-01T00:00:00+01:00",
    "year": "23;20233x;two;0000;02023",
    "yearmonth": "2023-13;2023-7;2023",
    "duration": "P;PT;1D;P1S;P2W;P1YT;P1.5D;P-1D",
    "geopoint": "200, 10;10, 100;10;a, b",
    "geojson": '[1];x;{"type": "Point"}',
    "object": '[1];1;{a: 1};{"a": NaN};{"a": 1, "a": 2};{"a": 1,}',
    "array": "{};1;[1;[NaN];[1e999];" + "[" * 65 + "]" * 65,
}
