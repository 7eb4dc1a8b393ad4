-- What people say is wrong in their record. Times are seconds since 1970, UTC; 0
-- is never. What they wrote, and what they were answered, is sealed with the key
-- of their record.
CREATE TABLE correction (
  id        text    PRIMARY KEY,
  account   text    NOT NULL,            -- who asked
  patient   text    NOT NULL,            -- whose record, by the id of the Patient
  person    integer NOT NULL,            -- and by their number
  type      text    NOT NULL,            -- the entry that it is about
  entry     text    NOT NULL,
  version   integer NOT NULL,
  org       text    NOT NULL,            -- the organisation that wrote it; "" where the entry names none
  words     blob    NOT NULL,
  terms     text    NOT NULL,            -- the version of the rules that gave the deadline
  made      integer NOT NULL,
  due       integer NOT NULL,
  state     text    NOT NULL,            -- asked seen accepted refused withdrawn
  seen      integer NOT NULL DEFAULT 0,
  answered  integer NOT NULL DEFAULT 0,
  by_whom   text    NOT NULL DEFAULT '', -- the account that answered
  by_org    text    NOT NULL DEFAULT '',
  how       text    NOT NULL DEFAULT '', -- of one that was accepted: error amended
  became    integer NOT NULL DEFAULT 0,  -- the version that put it right
  reason    blob    NOT NULL,
  statement blob    NOT NULL             -- that they disagree
) WITHOUT ROWID;
CREATE INDEX correction_person ON correction (person);
CREATE INDEX correction_due ON correction (due) WHERE state IN ('asked', 'seen');
