-- People who work, or worked, for an organisation: what they are called there, and the name under
-- which the record knows them. It is not the account's id, so that nobody who sees the one finds the
-- other: a member of staff has a private life in the same service.
CREATE TABLE staff_person (
  account      text    PRIMARY KEY,
  practitioner text    NOT NULL UNIQUE,  -- the id of their Practitioner
  name         text    NOT NULL,
  made         integer NOT NULL
);
INSERT INTO staff_person (account, practitioner, name, made)
  SELECT account, lower(hex(randomblob(10))), 'Member of staff', min(made) FROM member GROUP BY account;
