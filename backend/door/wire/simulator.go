package wire

// Simulator is made-up producers that a person gave a name to, and what they do.
type Simulator struct {
	Name           string `json:"name" doc:"unique; differs by capital letters"`
	SimulatorSetup `tstype:",extends"`
	Running        bool    `json:"running" doc:"whether it makes messages now"`
	Offered        float64 `json:"offered" doc:"messages a second that all of its producers together offer while it runs"`
	StartedTime    string  `json:"started_time,omitempty" doc:"when it was last started; absent: not since the hub started"`
	Sent           uint64  `json:"sent" doc:"messages made since it was last started"`
	Accepted       uint64  `json:"accepted" doc:"of these, how many the hub took"`
	Refused        uint64  `json:"refused" doc:"of these, how many it did not take"`
	Dropped        uint64  `json:"dropped" doc:"messages, these or older ones, that full lanes dropped for them"`
	Missed         uint64  `json:"missed" doc:"messages that were not made because the machine was too slow for the schedule"`
	Refusal        *Error  `json:"refusal,omitempty" doc:"why the last one was not taken; absent: all were"`
}

// SimulatorSetup says what a simulator makes, and how often. What is absent has a
// value that suits the feed.
type SimulatorSetup struct {
	Feed      string             `json:"feed" tstype:"'sine' | 'walk' | 'ticks' | 'bursts' | 'counter' | 'template'" doc:"what kind of messages" enum:"sine,walk,ticks,bursts,counter,template"`
	Namespace string             `json:"namespace,omitempty" doc:"where to"`
	Event     string             `json:"event,omitempty" doc:"the messages' name"`
	Rooms     []string           `json:"rooms,omitempty" doc:"to whom; absent: everybody in the namespace"`
	Interval  string             `json:"interval,omitempty" doc:"from one message of a producer to its next, such as 12.5ms; with bursts from one burst to the next"`
	Rate      float64            `json:"rate,omitempty" doc:"in the place of interval: how many a second each producer makes"`
	Jitter    string             `json:"jitter,omitempty" doc:"each message comes by chance up to so much later than it should; the schedule stays"`
	Producers int                `json:"producers,omitempty" doc:"how many there are, 1 to 64, each with a schedule of its own between those of the others"`
	Seed      uint32             `json:"seed,omitempty" doc:"the same seed makes the same messages; 1 when it is absent"`
	For       string             `json:"for,omitempty" doc:"how long, such as 10s; absent: until it is stopped"`
	Count     uint64             `json:"count,omitempty" doc:"how many messages of all producers together; absent: until it is stopped"`
	Set       map[string]float64 `json:"set,omitempty" doc:"numbers of the feed: of sine mean, swing, period_s; of walk start, step, pull_back_percent; of ticks symbols, burst_one_in, spread; of bursts size; of counter start, step"`
	Template  string             `json:"template,omitempty" doc:"of the feed template: JSON with holes, such as {\"price\": {{walk 231.42 0.02}}}"`
}

// SimulatorList is every simulator, by name.
type SimulatorList struct {
	Simulators []Simulator `json:"simulators" doc:"by name"`
	MaxRate    float64     `json:"max_rate" doc:"messages a second that all running simulators together may offer"`
	Demo       bool        `json:"demo" doc:"whether one of the demo feed runs"`
}

// SimulatorPatch starts or stops a simulator.
type SimulatorPatch struct {
	Running *bool `json:"running,omitempty" doc:"true starts it from its beginning; one that runs goes on"`
}
