-- A recording, format 1. PRAGMA user_version has the format, application_id says that
-- it is one ("Emit"). Times are nanoseconds since 1970, durations nanoseconds.

-- What is recorded, and how far: one row.
CREATE TABLE recording (
	id            INTEGER PRIMARY KEY CHECK (id = 1),
	emitscope     TEXT NOT NULL,    -- version that made it
	hub           TEXT NOT NULL,    -- whose message numbers these are: of one data folder; empty: nobody's that is known
	query         TEXT NOT NULL,    -- which messages; empty: all
	began         INTEGER NOT NULL,
	ended         INTEGER,          -- NULL: it runs, or was interrupted
	problem       TEXT NOT NULL,    -- why it ended by itself; empty: it did not
	messages      INTEGER NOT NULL,
	payload_bytes INTEGER NOT NULL,
	dropped       INTEGER NOT NULL, -- messages that are missing: they came faster than they could be written
	first_time    INTEGER,          -- of the messages
	last_time     INTEGER,
	late_floor    INTEGER NOT NULL, -- an emit is late over the larger of this ...
	late_share    REAL NOT NULL     -- ... and this share of the period of its lane
) STRICT;

CREATE TABLE stream (
	id        INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	event     TEXT NOT NULL,
	UNIQUE (namespace, event)
) STRICT;

CREATE TABLE origin (
	id      INTEGER PRIMARY KEY,
	door    TEXT NOT NULL,
	client  TEXT NOT NULL,
	address TEXT NOT NULL,
	key     TEXT NOT NULL, -- name of the key, never the key
	local   INTEGER NOT NULL,
	UNIQUE (door, client, address, key, local)
) STRICT;

-- The messages, in the order in which they ended.
CREATE TABLE message (
	place         INTEGER PRIMARY KEY, -- from 1
	seq           INTEGER NOT NULL,
	id            BLOB NOT NULL,       -- ULID, 16 bytes
	stream        INTEGER NOT NULL REFERENCES stream,
	origin        INTEGER NOT NULL REFERENCES origin,
	source_time   INTEGER,             -- NULL: the producer did not say
	accepted_time INTEGER NOT NULL,
	due_time      INTEGER,             -- NULL: it had none
	time          INTEGER NOT NULL,    -- when it was emitted, dropped or received
	outcome       TEXT NOT NULL,
	reason        TEXT NOT NULL,
	sockets       INTEGER NOT NULL,
	period        INTEGER NOT NULL,    -- of the lane's pace; 0: none
	missed        INTEGER NOT NULL,    -- slots
	faults        INTEGER NOT NULL,    -- one bit for each kind
	held          INTEGER NOT NULL,
	spread        INTEGER NOT NULL,    -- 1: data is an array of the event's arguments
	attachments   INTEGER NOT NULL,    -- how many
	rooms         TEXT,                -- JSON array; NULL: to everybody
	addressee     TEXT NOT NULL,       -- the one socket it was for
	data          TEXT NOT NULL        -- JSON
) STRICT;

CREATE INDEX message_stream ON message (stream); -- and by place within it
CREATE INDEX message_seq ON message (seq);

-- What the times and numbers of so many messages lie between, which stand one behind
-- the other: who looks for some of a recording looks into few blocks, in whatever order
-- they are. The first one has the places from 1 to 4096.
CREATE TABLE block (
	number     INTEGER PRIMARY KEY, -- from 0
	first_time INTEGER NOT NULL,
	last_time  INTEGER NOT NULL,
	first_seq  INTEGER NOT NULL,
	last_seq   INTEGER NOT NULL
) STRICT;

CREATE TABLE attachment (
	place  INTEGER NOT NULL, -- of its message
	number INTEGER NOT NULL, -- from 0
	bytes  BLOB NOT NULL,
	PRIMARY KEY (place, number)
) STRICT, WITHOUT ROWID;

-- How much each stream had in each second, so that nobody needs to read the messages
-- of hours to draw them. A second without a message has no row.
CREATE TABLE second (
	time     INTEGER NOT NULL, -- in seconds since 1970
	stream   INTEGER NOT NULL REFERENCES stream,
	messages INTEGER NOT NULL,
	late     INTEGER NOT NULL, -- emits
	lost     INTEGER NOT NULL, -- dropped, and not on purpose
	PRIMARY KEY (time, stream)
) STRICT, WITHOUT ROWID;

-- Moments that somebody wants to find again.
CREATE TABLE bookmark (
	id   INTEGER PRIMARY KEY AUTOINCREMENT, -- AUTOINCREMENT: never one that was deleted
	time INTEGER NOT NULL,
	note TEXT NOT NULL
) STRICT;

-- For people who open the file with other tools.
CREATE VIEW messages AS
SELECT place, seq, namespace, event, data, outcome, reason, sockets,
	strftime('%Y-%m-%dT%H:%M:%f', accepted_time / 1e9, 'unixepoch') AS accepted,
	strftime('%Y-%m-%dT%H:%M:%f', time / 1e9, 'unixepoch') AS at,
	CASE outcome WHEN 'emitted' THEN (time - due_time) / 1e3 END AS lateness_us,
	door, client, address, key
FROM message JOIN stream ON stream.id = message.stream JOIN origin ON origin.id = message.origin;
