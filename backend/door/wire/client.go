package wire

import (
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Client is one connected socket.
type Client struct {
	ID          string   `json:"id" doc:"names it in DELETE /api/v1/clients/{id}"`
	Door        string   `json:"door" doc:"the way it came in" enum:"rest,socketio,websocket"`
	Transport   string   `json:"transport" doc:"how frames reach it" enum:"polling,websocket,sse"`
	Address     string   `json:"address" doc:"host and port"`
	Name        string   `json:"name,omitempty" doc:"what it calls itself: auth.name of Socket.IO, ?name= of /websocket"`
	Agent       string   `json:"agent,omitempty" doc:"its program, from its User-Agent, such as Chrome 131"`
	Key         string   `json:"key,omitempty" doc:"name of the key it showed"`
	Namespaces  []string `json:"namespaces" doc:"what it listens to"`
	Rooms       []string `json:"rooms" doc:"those it joined"`
	Since       string   `json:"since" doc:"when it connected"`
	Sent        uint64   `json:"sent" doc:"messages handed to it"`
	Missed      uint64   `json:"missed" doc:"messages left out because it was slow"`
	LastMissed  string   `json:"last_missed,omitempty" doc:"when it was last seen to miss one, to about a second; absent: never"`
	LagFrames   int      `json:"lag_frames" doc:"frames that wait for it"`
	MaxFrames   int      `json:"max_frames" doc:"how many may wait"`
	LagBytes    int      `json:"lag_bytes" doc:"bytes that wait for it; what is being written counts, so it can be a little more than may wait"`
	MaxBytes    int      `json:"max_bytes" doc:"how many may wait"`
	LagMS       float64  `json:"lag_ms" doc:"how long the oldest has waited"`
	SlowPolicy  string   `json:"slow_policy" doc:"what happens when as much waits as may" enum:"drop-oldest,disconnect"`
	SlowedTo    float64  `json:"slowed_to,omitempty" doc:"messages a second that it gets at most, because of a fault that somebody switched on; absent: as many as it reads"`
	RoundTripMS float64  `json:"round_trip_ms,omitempty" doc:"how long it took to answer the newest ping, or for how long it has not answered one; absent: unknown"`
	Standing    string   `json:"standing" doc:"how it keeps up" enum:"keeping,behind,losing"`
	Levels      []byte   `json:"levels" tstype:"string" doc:"how full its outbox was in each second of the last minute, the newest last, in base64: 0 to 254 as a share, 255 where messages were missed"`
}

// ClientList are connected sockets, whatever their door.
type ClientList struct {
	Clients []Client `json:"clients" doc:"in the order asked for"`
	Total   int      `json:"total" doc:"how many are connected"`
	Found   int      `json:"found" doc:"how many of these q selects; all without it"`
	Behind  int      `json:"behind" doc:"how many of all fall behind"`
	Losing  int      `json:"losing" doc:"how many of all lose messages"`
}

// ClientPatch changes what happens to one client.
type ClientPatch struct {
	SlowPolicy *string `json:"slow_policy,omitempty" doc:"what happens when as much waits for it as may" enum:"drop-oldest,disconnect"`
}

// ClientHistory is how full every client's outbox was, step by step.
type ClientHistory struct {
	Step    string   `json:"step" doc:"length of each step: 1s or 5s"`
	Times   []string `json:"times" doc:"when each step was over, oldest first"`
	Clients []string `json:"clients" doc:"ids, the longest connected first"`
	Counts  []int    `json:"counts" doc:"how many levels each client has, up to the newest step; fewer than there are steps when it came later"`
	Levels  []byte   `json:"levels" tstype:"string" doc:"the levels, client after client, in base64: 0 to 254 as a share of what may wait, 255 where messages were missed"`
}

// Departure is a client that has left.
type Departure struct {
	Time   string `json:"time" doc:"when it left"`
	Why    string `json:"why" doc:"what for" enum:"closed,lost,silent,stalled,too_slow,disconnected,on_purpose,expelled,stopping,refused"`
	Detail string `json:"detail,omitempty" doc:"more about it, for a person"`
	Client Client `json:"client" doc:"as it was then"`
}

// DepartureList are those who have left last.
type DepartureList struct {
	Departures []Departure `json:"departures" doc:"the newest first"`
	Total      uint64      `json:"total" doc:"how many have left since the hub started"`
}

// ClientOf returns c for the wire.
func ClientOf(c msg.ListedClient) Client {
	return Client{
		ID:          c.ID,
		Door:        string(c.Door),
		Transport:   c.Transport,
		Address:     c.Address,
		Name:        c.Name,
		Agent:       c.Agent,
		Key:         c.Key,
		Namespaces:  orEmpty(c.Namespaces),
		Rooms:       orEmpty(c.Rooms),
		Since:       Time(c.Since),
		Sent:        c.Sent,
		Missed:      c.Missed,
		LastMissed:  Time(c.LastMissed),
		LagFrames:   c.Lag.Frames,
		MaxFrames:   c.Lag.MaxFrames,
		LagBytes:    c.Lag.Bytes,
		MaxBytes:    c.Lag.MaxBytes,
		LagMS:       millis(c.Lag.Age),
		SlowPolicy:  string(c.Slow),
		SlowedTo:    c.Drain,
		RoundTripMS: millis(c.RoundTrip),
		Standing:    string(c.Standing),
		Levels:      orEmpty(c.Levels),
	}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ClientListOf returns p for the wire.
func ClientListOf(p msg.ClientPage) ClientList {
	return ClientList{Clients: each(p.Clients, ClientOf), Total: p.Total, Found: p.Found, Behind: p.Behind, Losing: p.Losing}
}

// ClientHistoryOf returns h for the wire.
func ClientHistoryOf(h msg.Levels) ClientHistory {
	out := ClientHistory{
		Step: h.Step.String(), Times: each(h.Times, Time),
		Clients: make([]string, len(h.Clients)), Counts: make([]int, len(h.Clients)),
		Levels: make([]byte, 0, len(h.Clients)*len(h.Times)),
	}
	for i, c := range h.Clients {
		out.Clients[i], out.Counts[i] = c.ID, len(c.Levels)
		out.Levels = append(out.Levels, c.Levels...)
	}
	return out
}

// DeparturesOf returns those who have left for the wire.
func DeparturesOf(list []msg.Departure, total uint64) DepartureList {
	return DepartureList{Total: total, Departures: each(list, func(d msg.Departure) Departure {
		return Departure{
			Time: Time(d.At), Why: string(d.Why), Detail: d.Detail,
			Client: ClientOf(msg.ListedClient{Client: d.Client, Standing: msg.Keeping}),
		}
	})}
}

// Policy returns what p changes the policy to.
func (p ClientPatch) Policy() (msg.SlowPolicy, error) {
	if p.SlowPolicy == nil {
		return "", fault.Newf(fault.Invalid, "nothing is to be changed").WithCode("invalid_setting").WithHint(`send {"slow_policy":"drop-oldest"}`)
	}
	switch policy := msg.SlowPolicy(*p.SlowPolicy); policy {
	case msg.SlowDropOldest, msg.SlowDisconnect:
		return policy, nil
	}
	return "", fault.Newf(fault.Invalid, "slow_policy is %s", quoteClipped(*p.SlowPolicy)).
		WithCode("invalid_setting").WithHint("it is drop-oldest or disconnect")
}
