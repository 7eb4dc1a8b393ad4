-- Whom a member of staff looked after lately, or keeps on their list, at each
-- organisation for which they work. It holds no name and nothing of a record.
CREATE TABLE worklist (
  account      text    NOT NULL,
  organisation text    NOT NULL,
  patient      text    NOT NULL, -- the logical id of the record
  looked       bigint  NOT NULL, -- seconds since 1970, UTC
  kept         bigint  NOT NULL, -- when they put the person on the list; 0 is not
  PRIMARY KEY (account, organisation, patient)
);
CREATE INDEX worklist_patient ON worklist (patient);
