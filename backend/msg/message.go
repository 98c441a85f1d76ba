// Package msg holds the nouns: every type that crosses from one wing of
// Emitscope to another, and what is true of it wherever it is.
package msg

import (
	"time"

	"github.com/oklog/ulid/v2"
)

// Door names the way a message came in.
type Door string

// The doors.
const (
	DoorREST      Door = "rest"
	DoorSocketIO  Door = "socketio"
	DoorWebSocket Door = "websocket"
	DoorUDP       Door = "udp"
	DoorReply     Door = "reply"     // made by a reply rule, not by a producer
	DoorSimulator Door = "simulator" // made up in the hub
	DoorReplay    Door = "replay"    // of a recording that is played again
	DoorImport    Door = "import"    // from a file, into a recording: no hub has emitted it
)

// Origin says where a message came from.
type Origin struct {
	Door    Door
	Client  string // id of the socket that sent it; empty for REST, UDP and replies
	Address string // remote host without port; empty for replies
	Key     string // name of the key it was handed in with; empty: none
	Local   bool   // a program on this machine sent it, and not for somebody else
}

// Draft is what a producer handed in, not yet trusted.
type Draft struct {
	Namespace string
	Event     string
	// Payload is JSON text. When Spread is set it is an array whose elements
	// are the event's arguments; otherwise it is the one argument itself.
	Payload []byte
	Spread  bool
	// Attachments are the binary arguments, which Payload names by Socket.IO
	// placeholders ({"_placeholder":true,"num":0}).
	Attachments [][]byte
	Rooms       []string  // to whom; empty: everybody in the namespace
	To          string    // id of the one socket it is for; else empty
	Ack         *Ack      // what that one is asked for; nil: nothing
	Source      time.Time // when the producer made it, by its own clock; zero: not said
	Origin      Origin
	// Said marks an ordinary event a client emitted, as opposed to a publish:
	// it is recorded, and sent on only where the namespace relays.
	Said bool
	// Callback is the number of the client's ack callback, which says for itself
	// what it is the number of: in what was said the one that waits for an answer,
	// in a message to one socket the one that the message answers; nil: none.
	Callback *uint64
	// LeaveAt is when it is to leave, whatever the lane's pace and whatever waits
	// there; zero: when its lane says. A message for one socket has no such time.
	LeaveAt time.Time
	// Replayed is which of all messages ever replayed it is, from 1; 0: none of them.
	Replayed uint64
	// Unrecorded has recordings leave it out.
	Unrecorded bool
}

// Size is the draft's payload in bytes as it was handed in, attachments included.
func (d *Draft) Size() int { return size(d.Payload, d.Attachments) }

// Message is a Draft that was accepted. It is never changed afterwards, and
// neither are the slices in it: every wing and every socket shares them.
type Message struct {
	ID          ulid.ULID
	Seq         uint64 // unique for the hub, kept across restarts; gaps are allowed
	Namespace   string
	Event       string
	Payload     []byte // valid, compact JSON; see Draft.Payload
	Spread      bool
	Attachments [][]byte
	Rooms       []string
	To          string
	Ack         *Ack
	Except      string // id of the socket that must not get it: who said it, when relayed
	Callback    *uint64
	Origin      Origin
	Source      time.Time // zero: not said
	Accepted    time.Time
	LeaveAt     time.Time // zero: when its lane says
	Replayed    uint64    // 0: it is not of a replay
	Unrecorded  bool
}

// Size is the message's payload in bytes, attachments included. Lanes, recent
// messages and the screen all mean this number by "size".
func (m *Message) Size() int { return size(m.Payload, m.Attachments) }

func size(payload []byte, attachments [][]byte) int {
	n := len(payload)
	for _, a := range attachments {
		n += len(a)
	}
	return n
}

// Receipt tells a producer what became of the drafts it handed in.
type Receipt struct {
	Accepted int    // taken, counted from the first
	Dropped  int    // messages, these or older ones, that a full lane dropped meanwhile
	FirstSeq uint64 // of the accepted ones; 0 when none was
	LastSeq  uint64 // of the accepted ones; 0 when none was
	Answered bool   // a reply rule answers the callback of what was said, now or later
}
