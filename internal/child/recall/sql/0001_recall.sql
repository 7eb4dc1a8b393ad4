-- When children's next vaccinations are due, as the staff of their practice may know it. Days count from
-- 1 January 1970; times are seconds since then, UTC. What names a practice or a programme is a keyed
-- hash: without the key nobody can tell which vaccination a row is about.

-- The children who are kept, and when each was last reckoned.
CREATE TABLE recall_child (
  patient  text   PRIMARY KEY,        -- the logical id of the record
  practice bigint NOT NULL,
  born     bigint NOT NULL,
  rules    text   NOT NULL,           -- the version of the schedule
  again    bigint NOT NULL            -- when it is to be reckoned again without a change; 0 is never
);
CREATE INDEX recall_child_rules ON recall_child (rules, patient);
CREATE INDEX recall_child_again ON recall_child (again) WHERE again > 0;

-- The next dose of each programme that a child has not ended.
CREATE TABLE recall_due (
  patient   text   NOT NULL,
  programme bigint NOT NULL,
  practice  bigint NOT NULL,
  dose      bigint NOT NULL,
  born      bigint NOT NULL,
  due       bigint NOT NULL,
  overdue   bigint NOT NULL,
  until     bigint NOT NULL,          -- the last day on which it may be given
  rest      bigint NOT NULL,          -- nobody is asked before this day
  PRIMARY KEY (patient, programme)
);
CREATE INDEX recall_due_overdue ON recall_due (practice, overdue, patient, programme);
CREATE INDEX recall_due_due ON recall_due (practice, due, patient, programme);

-- What a child had by each birthday that is counted. The child is a keyed hash: a number of a practice
-- leads back to nobody.
CREATE TABLE recall_cover (
  child     bigint NOT NULL,
  birthday  bigint NOT NULL,          -- which one, in months
  practice  bigint NOT NULL,
  quarter   bigint NOT NULL,          -- in which it falls: the year times four, and 0 to 3
  asked     bigint NOT NULL,          -- which of the measures are for the child, a bit each
  had       bigint NOT NULL,          -- and which of them were reached
  PRIMARY KEY (child, birthday)
);
CREATE INDEX recall_cover_practice ON recall_cover (practice, birthday, quarter, asked, had);
CREATE INDEX recall_cover_all ON recall_cover (birthday, quarter, asked, had);

-- Children whose record has changed since they were reckoned.
CREATE TABLE recall_changed (
  patient text   PRIMARY KEY,
  mark    bigint NOT NULL             -- is another one after each change
);

-- Reminders that were sent, for each dose.
CREATE TABLE recall_reminder (
  patient   text   NOT NULL,
  programme bigint NOT NULL,
  dose      bigint NOT NULL,
  at        bigint NOT NULL,          -- the last one
  times     bigint NOT NULL,
  PRIMARY KEY (patient, programme, dose)
);

-- Accounts that want no reminders.
CREATE TABLE recall_quiet (
  account text   PRIMARY KEY,
  since   bigint NOT NULL
);

-- Which node does the work of the room, and until when it may take.
CREATE TABLE recall_turn (
  name  text   PRIMARY KEY,
  owner text   NOT NULL,
  until bigint NOT NULL
);
