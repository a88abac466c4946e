-- title: Statements by person
-- description: How many statements each person made who made any, how many of them accuse somebody, and when.
-- key: person_id
-- column person_id: The person.
-- column name: Name of the person.
-- column statements: Statements of the person.
-- unit statements: statements
-- column accusations: Those of them that accuse.
-- unit accusations: statements
-- column sources: Different sources that report them.
-- unit sources: sources
-- column first_day: Day of the first of them, as far as days are known.
-- column last_day: Day of the last of them.
select
  p.person_id, p.name, count(*) as statements, count(*) filter (s.speech_act = 'accuse') as accusations,
  count(distinct s.source_id) as sources, min(s.date_start) as first_day, max(s.date_start) as last_day
from statements s join persons p using (person_id)
group by all
