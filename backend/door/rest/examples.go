package rest

import (
	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// The answers shown in the document: one moment of one hub. A test holds each
// against its schema.

func exampleMessage() wire.Message {
	return wire.Message{
		ID: "01KE00000000000000000000AA", Seq: 123, Namespace: "/ws/rt_market", Event: "tick", Data: []byte(`{"symbol":"AAPL","price":189.3}`),
		Origin: wire.Origin{Door: "rest", Address: "127.0.0.1"}, Outcome: "emitted", Size: 31, Sockets: 2,
		AcceptedTime: "2026-01-02T15:04:05.001200000Z", DueTime: "2026-01-02T15:04:05.010000000Z",
		EmittedTime: "2026-01-02T15:04:05.010018200Z", Lateness: "18.2µs",
	}
}

func exampleEvent() wire.SocketEvent {
	m := exampleMessage()
	return wire.SocketEvent{
		Type: "event", Seq: m.Seq, Namespace: m.Namespace, Event: m.Event, Data: m.Data, EmittedTime: m.EmittedTime,
	}
}

func exampleLane() wire.Lane {
	return wire.Lane{
		Namespace: "/ws/rt_market", Interval: "10ms", CatchUp: "skip", Capacity: 5000, MaxBytes: 64 << 20, Full: "reject",
		Configured: true, Depth: 12, Bytes: 2400,
	}
}

func exampleClient() wire.Client {
	return wire.Client{
		ID: "01KE00000000000000000000BB", Door: "websocket", Transport: "websocket", Address: "192.168.1.23:50412",
		Name: "dash-04", Agent: "Chrome 131", Namespaces: []string{"/ws/rt_market"}, Rooms: []string{}, Since: "2026-01-02T15:00:00.000000000Z",
		Sent: 24_512, LagFrames: 2, MaxFrames: 4096, LagBytes: 412, MaxBytes: 8 << 20, LagMS: 0.4, SlowPolicy: "drop-oldest", RoundTripMS: 2.1,
		Standing: "keeping", Levels: []byte{0, 1, 3},
	}
}

func exampleStats() wire.Stats {
	counters := wire.Counters{Accepted: 24_524, Emitted: 24_512, Late: 3, Delivered: 49_024}
	lateness := wire.Quantiles{Count: 6000, P50: 0.6, P90: 4.1, P99: 18.2, Max: 212.7}
	return wire.Stats{
		Version: "0.2.0", Started: "2026-01-02T15:00:00.000000000Z", Now: "2026-01-02T15:04:05.012000000Z",
		Counters: counters, Clients: 2, Seq: 24_524, Lateness: lateness,
		Lanes: []wire.LaneStats{{
			Namespace: "/ws/rt_market", Counters: counters, Lateness: lateness,
			IntervalError: wire.Quantiles{Count: 5999, P50: 0.7, P90: 5, P99: 21.4, Max: 213.1},
			Wait:          wire.Quantiles{Count: 6000, P50: 4800, P90: 9100, P99: 9980, Max: 10_012},
		}},
		Streams: []wire.Stream{{
			Namespace: "/ws/rt_market", Event: "tick", Count: 24_524, PerSecond: 100, LastSeen: "2026-01-02T15:04:05.001200000Z",
		}},
	}
}

func examplePoints() wire.PointList {
	return wire.PointList{Namespace: "/ws/rt_market", Step: "1s", Points: []wire.Point{{
		Time: "2026-01-02T15:04:04.000000000Z", Accepted: 100, Emitted: 100, Late: 1, Delivered: 200, Depth: 12,
		P50: 0.6, P90: 4.1, P99: 18.2, Max: 612.7, Spread: &wire.Spread{First: 0, Counts: []uint32{71, 12, 9, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
		IntervalError: &wire.Measure{P50: 0.7, P90: 5.2, P99: 21.4, Max: 213.1}, Wait: &wire.Measure{P50: 4800, P90: 8990, P99: 9980, Max: 10_012},
		Source: &wire.SourceLatency{Count: 100, P50: 12_600, P99: 24_100},
	}}}
}

func exampleStreamPoints() wire.StreamPointList {
	return wire.StreamPointList{
		Namespace: "/ws/rt_market", Step: "1s", Times: []string{"2026-01-02T15:04:03.000000000Z", "2026-01-02T15:04:04.000000000Z"},
		Streams: []wire.StreamPoints{{Namespace: "/ws/rt_market", Event: "tick", Counts: []uint32{100, 99}}},
		Others:  []uint32{0, 1},
	}
}

func exampleSeries() wire.Series {
	return wire.Series{
		Query: "ns:/ws/rt_market event:tick", Pointer: "/price", Found: 2,
		TimeUS: []int64{1_767_366_245_010_018, 1_767_366_245_020_011}, Values: []float64{189.3, 189.31},
		SourceUS: []int64{1_767_366_245_001_200, 1_767_366_245_011_180},
	}
}

func exampleExperiment() wire.Experiment {
	quantiles := wire.Quantiles{Count: 299, P50: 0.4, P90: 2.1, P99: 18.2, Max: 212.7}
	load := 0.4
	e := wire.ExperimentOf(msg.Experiment{State: msg.ExperimentRunning, Plan: msg.DefaultExperiment(), Done: 1})
	e.Machine = &wire.Machine{Processor: "AMD EPYC 7B13", Cores: 2, System: "linux 6.1.0-18-amd64", Load: &load, Versions: map[string]string{"emitscope": "0.2.0", "go": "1.26.0"}}
	e.Started = "2026-01-02T15:04:05.000000000Z"
	e.Run = &wire.ExperimentRun{Way: "loop", Round: 1, Began: "2026-01-02T15:04:08.700000000Z"}
	e.Ways = []wire.WayResult{{
		Way: "lane", Emitted: quantiles, Received: quantiles, Answers: quantiles, MeanInterval: 10_000,
		EmittedSpread: &wire.Spread{Counts: []uint32{299}}, ReceivedSpread: &wire.Spread{Counts: []uint32{299}},
		Runs: []wire.RunResult{{Emitted: quantiles, Received: quantiles, Answers: quantiles, MeanInterval: 10_000}},
	}}
	return e
}

func exampleExperimentRecords() wire.ExperimentRecords {
	return wire.ExperimentRecords{Experiment: exampleExperiment(), Records: []wire.ExperimentRecord{{
		Way: "lane", Round: 1, Started: "2026-01-02T15:04:05.600000000Z",
		Emitted: []float64{4210.3, 14210.5, 24210.4}, Received: []float64{4391.2, 14402.1, 24377.9}, Answers: []float64{412.7, 398.1},
	}}}
}
