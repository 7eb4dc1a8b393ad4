-- How somebody wants to be shown results of a kind on their own pages. A kind
-- without a row has what the rules begin with.
CREATE TABLE display (
  account text    NOT NULL, -- whose pages
  kind    text    NOT NULL,
  how     text    NOT NULL, -- now, warn or wait
  since   integer NOT NULL, -- seconds since 1970, UTC
  PRIMARY KEY (account, kind)
);
-- A version of a result that a clinician talked about with the person, so that it
-- waits no more. A later version waits anew.
CREATE TABLE display_told (
  patient text    NOT NULL, -- the logical id of the record
  type    text    NOT NULL,
  id      text    NOT NULL,
  version text    NOT NULL,
  told_by text    NOT NULL, -- the actor
  told    integer NOT NULL, -- seconds since 1970, UTC
  PRIMARY KEY (patient, type, id)
);
