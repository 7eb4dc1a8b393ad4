-- What others did with a person's record, without what they did themself, which is most of it where somebody
-- looks often. Filled with access_person. Of entries from before it has all: those are read to be known.
CREATE TABLE access_other (
  person integer NOT NULL,
  seq    integer NOT NULL,
  PRIMARY KEY (person, seq)
) WITHOUT ROWID;
INSERT INTO access_other (person, seq) SELECT person, seq FROM access_person;
