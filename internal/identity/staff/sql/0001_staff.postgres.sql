-- Organisations, and who works in them. Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE organisation (
  id     text    PRIMARY KEY,
  ods    text    NOT NULL UNIQUE,    -- a code as the Organisation Data Service gives them
  name   text    NOT NULL,
  parent text    NOT NULL,           -- of a site: the organisation that it belongs to; '' for none
  made   bigint NOT NULL,
  closed bigint NOT NULL DEFAULT 0
);
CREATE TABLE team (
  id           text    PRIMARY KEY,
  organisation text    NOT NULL,
  name         text    NOT NULL,
  made         bigint NOT NULL,
  closed       bigint NOT NULL DEFAULT 0,
  UNIQUE (organisation, name)
);
CREATE TABLE member (
  id           text    PRIMARY KEY,
  account      text    NOT NULL,
  organisation text    NOT NULL,
  team         text    NOT NULL,     -- '' for none
  role         text    NOT NULL,
  starts       bigint NOT NULL,
  ends         bigint NOT NULL,     -- the first second after it; 0 while nobody has said
  made         bigint NOT NULL,
  made_by      text    NOT NULL,
  ended_by     text    NOT NULL DEFAULT '',
  reason       text    NOT NULL DEFAULT ''
);
CREATE INDEX member_account ON member (account, organisation, team, role);
CREATE INDEX member_organisation ON member (organisation);
