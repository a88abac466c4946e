"""The allowed words of two columns."""

ENUM = ["armed_attack", "suicide_attack", "ied", "shelling", "airstrike", "ambush", "abduction", "other"]
STATUS = ["reported", "confirmed", "disputed", "retracted"]
