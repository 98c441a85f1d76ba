package wire

import "emitscope/backend/msg"

// About is what a hub says of itself to whoever looks after it.
type About struct {
	Version      string     `json:"version" doc:"of Emitscope"`
	Started      string     `json:"started" doc:"when it started"`
	System       string     `json:"system" doc:"what it runs on, such as linux"`
	Machine      string     `json:"machine" doc:"what sort of processor, such as amd64"`
	DataDir      string     `json:"data_dir" doc:"folder of what it keeps"`
	SettingsFile string     `json:"settings_file,omitempty" doc:"where its settings are from; absent: there is no file"`
	Files        []KeptFile `json:"files" doc:"of the data folder, by name"`
	UDP          *AboutUDP  `json:"udp,omitempty" doc:"where it takes datagrams; absent: it does not"`
}

// AboutUDP is where a hub takes datagrams, and what came of them since it started.
type AboutUDP struct {
	Addr        string   `json:"addr" doc:"where it listens, as host:port"`
	Namespace   string   `json:"namespace" doc:"where messages go"`
	Event       string   `json:"event,omitempty" doc:"of all messages; absent: the name in each line"`
	From        []string `json:"from" doc:"addresses and networks of other machines that may send, while the hub is shared"`
	Datagrams   uint64   `json:"datagrams" doc:"that were read"`
	Lost        uint64   `json:"lost" doc:"datagrams before the last one read that the system had no room for; only Linux tells"`
	Accepted    uint64   `json:"accepted" doc:"messages taken"`
	WrongSource uint64   `json:"wrong_source" doc:"datagrams from where nothing is taken"`
	Invalid     uint64   `json:"invalid" doc:"lines that were not understood, and datagrams that were no text"`
	Refused     uint64   `json:"refused" doc:"messages that a lane, a quota or the hub had no room for"`
}

// KeptFile is one file of the data folder.
type KeptFile struct {
	Name  string `json:"name" doc:"from the data folder on"`
	Bytes int64  `json:"bytes" doc:"its size"`
	Kind  string `json:"kind" doc:"what is in it" enum:"sequence,keys,lanes,certificate,private_key,window,lock,queries,boards,drafts,rules,simulators,alerts,recording,other"`
}

// Erased is what a hub forgot because it was told to.
type Erased struct {
	Messages   int `json:"messages" doc:"of the recent ones"`
	Recordings int `json:"recordings" doc:"deleted, also those that ran"`
	Keys       int `json:"keys" doc:"revoked"`
	Lanes      int `json:"lanes" doc:"back to what settings file or defaults say"`
}

// Cleared is how many of the recent messages a hub forgot.
type Cleared struct {
	Messages int `json:"messages" doc:"that were kept"`
}

// FeedCleared tells a viewer that the hub has forgotten its recent messages.
type FeedCleared struct {
	Type string `json:"type" tstype:"'cleared'"`
}

// AboutOf returns what a hub says of itself for the wire.
func AboutOf(a msg.About) About {
	out := About{
		Version: a.Version, Started: Time(a.Started), System: a.System, Machine: a.Machine,
		DataDir: a.DataDir, SettingsFile: a.SettingsFile, Files: each(a.Files, keptFileOf),
	}
	if u := a.UDP; u != nil {
		out.UDP = &AboutUDP{
			Addr: u.Addr, Namespace: u.Namespace, Event: u.Event, From: orEmpty(u.From),
			Datagrams: u.Counts.Datagrams, Lost: u.Counts.Lost, Accepted: u.Counts.Accepted,
			WrongSource: u.Counts.WrongSource, Invalid: u.Counts.Invalid, Refused: u.Counts.Refused,
		}
	}
	return out
}

func keptFileOf(f msg.KeptFile) KeptFile {
	return KeptFile{Name: f.Name, Bytes: f.Bytes, Kind: string(f.Kind)}
}

// ErasedOf returns what was forgotten for the wire.
func ErasedOf(e msg.Erased) Erased { return Erased(e) }
