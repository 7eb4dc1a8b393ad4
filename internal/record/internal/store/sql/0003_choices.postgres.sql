-- Which sharing choices a person has: a number that changes whenever they do; 0 for none.
ALTER TABLE person ADD COLUMN choices bigint NOT NULL DEFAULT 0;
CREATE TABLE choice_class (
	person bigint NOT NULL,
	num    bigint NOT NULL,
	class  bytea NOT NULL,
	PRIMARY KEY (person, num)
);
