-- What apps keep: one row for each app, subject and code. Times are seconds since 1970, UTC.
CREATE TABLE app_state (
  id      text    PRIMARY KEY,
  client  text    NOT NULL,
  subject text    NOT NULL,            -- such as Patient/17; '' for what the app keeps for everybody
  code    blob   NOT NULL,            -- SHA-256 of the state code
  body    text    NOT NULL,            -- the resource, sealed
  version integer NOT NULL,
  updated integer NOT NULL,
  UNIQUE (client, subject, code)
);
