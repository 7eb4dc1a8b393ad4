-- Who did what to organisations, staff and clients, in order. Nothing is changed here, and nothing goes.
CREATE TABLE staff_deed (
  seq    bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     bigint  NOT NULL,
  actor  text    NOT NULL,            -- account: or console:, and who
  what   text    NOT NULL,
  about  text    NOT NULL,            -- the id of what it was done to
  name   text    NOT NULL,            -- what that was called then
  reason text    NOT NULL             -- '' where none is asked for
);

-- Places that are offered to whoever brings the code. A code is a name, by which it is found, and a
-- secret, of which the hash is here.
CREATE TABLE staff_invitation (
  id           text    PRIMARY KEY,
  code         text    NOT NULL UNIQUE,
  hash         bytea   NOT NULL,      -- SHA-256 of the secret
  name         text    NOT NULL,      -- what they will be called
  organisation text    NOT NULL,
  team         text    NOT NULL,
  role         text    NOT NULL,
  starts       bigint  NOT NULL,
  ends         bigint  NOT NULL,      -- of the place
  made         bigint  NOT NULL,
  made_by      text    NOT NULL,
  until        bigint  NOT NULL,      -- of the code
  tries        bigint  NOT NULL DEFAULT 0,
  used         bigint  NOT NULL DEFAULT 0,
  withdrawn    bigint  NOT NULL DEFAULT 0
);
CREATE INDEX staff_invitation_organisation ON staff_invitation (organisation);

-- What of organisations and places is not in the record yet, or will have to be from a moment on. The
-- mark changes with each change, so that what changed while it was written stays here.
CREATE TABLE staff_unpublished (
  kind  text    NOT NULL,             -- organisation or member
  id    text    NOT NULL,
  due   bigint  NOT NULL,
  mark  text    NOT NULL,
  actor text    NOT NULL,             -- for whom it is written
  PRIMARY KEY (kind, id, due)
);
CREATE INDEX staff_unpublished_due ON staff_unpublished (due);
INSERT INTO staff_unpublished (kind, id, due, mark, actor) SELECT 'organisation', id, 0, '', 'console:upgrade' FROM organisation;
INSERT INTO staff_unpublished (kind, id, due, mark, actor) SELECT 'member', id, 0, '', made_by FROM member;
CREATE INDEX staff_person_name ON staff_person (name);
