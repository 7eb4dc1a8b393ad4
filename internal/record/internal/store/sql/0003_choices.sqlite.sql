-- Which sharing choices a person has: a number that changes whenever they do; 0 for none.
ALTER TABLE person ADD COLUMN choices INTEGER NOT NULL DEFAULT 0;
CREATE TABLE choice_class (
	person INTEGER NOT NULL,
	num    INTEGER NOT NULL,
	class  BLOB NOT NULL,
	PRIMARY KEY (person, num)
) WITHOUT ROWID;
