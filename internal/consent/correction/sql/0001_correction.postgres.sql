-- What people say is wrong in their record. Times are seconds since 1970, UTC; 0
-- is never. What they wrote, and what they were answered, is sealed with the key
-- of their record.
CREATE TABLE correction (
  id        text    PRIMARY KEY,
  account   text    NOT NULL,            -- who asked
  patient   text    NOT NULL,            -- whose record, by the id of the Patient
  person    bigint NOT NULL,            -- and by their number
  type      text    NOT NULL,            -- the entry that it is about
  entry     text    NOT NULL,
  version   bigint NOT NULL,
  org       text    NOT NULL,            -- the organisation that wrote it; "" where the entry names none
  words     bytea    NOT NULL,
  terms     text    NOT NULL,            -- the version of the rules that gave the deadline
  made      bigint NOT NULL,
  due       bigint NOT NULL,
  state     text    NOT NULL,            -- asked seen accepted refused withdrawn
  seen      bigint NOT NULL DEFAULT 0,
  answered  bigint NOT NULL DEFAULT 0,
  by_whom   text    NOT NULL DEFAULT '', -- the account that answered
  by_org    text    NOT NULL DEFAULT '',
  how       text    NOT NULL DEFAULT '', -- of one that was accepted: error amended
  became    bigint NOT NULL DEFAULT 0,  -- the version that put it right
  reason    bytea    NOT NULL,
  statement bytea    NOT NULL             -- that they disagree
);
CREATE INDEX correction_person ON correction (person);
CREATE INDEX correction_due ON correction (due) WHERE state IN ('asked', 'seen');
