-- Forms that somebody sent, by a number that each was given when it was shown; led is where they were led, '' while that is
-- not known. Nothing that was typed is here.
CREATE TABLE form_sent (
  account text NOT NULL,
  form    text NOT NULL,
  led     text NOT NULL DEFAULT '',
  ends    bigint NOT NULL,
  PRIMARY KEY (account, form)
);
CREATE INDEX form_sent_ends ON form_sent (ends);
