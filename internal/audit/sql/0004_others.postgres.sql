-- What others did with a person's record, newest first, without what they did themself, which is most of it
-- where somebody looks often. own is NULL in entries from before: those are read to be known.
ALTER TABLE access ADD COLUMN own boolean;
CREATE INDEX access_others ON access (person, at, seq) WHERE own IS NOT TRUE;
