-- One row an entry, in the order of their numbers. Nothing else is written when an entry is appended:
-- a second index here would touch another page for each entry, in no order, before each answer.
CREATE TABLE access (
  seq    integer PRIMARY KEY, -- node << 40 | count, without a gap for each node
  person integer NOT NULL,    -- whose data; 0 is nobody's
  at     integer NOT NULL,    -- microseconds since 1970, UTC
  entry  blob    NOT NULL     -- see encode.go
);

-- Whose entries are where. Filled behind the log in large sorted runs, up to access_run.upto.
CREATE TABLE access_person (
  person integer NOT NULL,
  seq    integer NOT NULL,
  PRIMARY KEY (person, seq)
) WITHOUT ROWID;

CREATE TABLE access_run (upto integer NOT NULL);
INSERT INTO access_run (upto) VALUES (0);
