-- What people's choices let a viewer see who asks about many. What each table is for stands in docs/developers/store.md.
CREATE INDEX person_choices ON person (choices) WHERE choices <> 0;
CREATE INDEX also_row ON also (row);
CREATE TABLE choice_view (
	person INTEGER NOT NULL,
	viewer INTEGER NOT NULL, -- a keyed hash of who asks and by which rule
	epoch  INTEGER NOT NULL, -- person.choices when it was worked out
	until  INTEGER NOT NULL, -- holds before it: milliseconds since 1970, UTC
	since  INTEGER NOT NULL, -- and from then on
	silent INTEGER NOT NULL, -- 1: no choice says anything about the viewer
	PRIMARY KEY (person, viewer, epoch, until)
) WITHOUT ROWID;
CREATE INDEX choice_view_until ON choice_view (viewer, until);
CREATE TABLE choice_open (
	person INTEGER NOT NULL,
	viewer INTEGER NOT NULL,
	epoch  INTEGER NOT NULL,
	until  INTEGER NOT NULL,
	since  INTEGER NOT NULL,
	num    INTEGER NOT NULL, -- a class of the person's that the viewer may see
	PRIMARY KEY (person, viewer, epoch, num, until)
) WITHOUT ROWID;
