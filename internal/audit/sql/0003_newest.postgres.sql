-- The newest entries about a person, a few at a time, however many there are: nodes number by themselves, so
-- the order of numbers is not that of time.
CREATE INDEX access_newest ON access (person, at, seq);
