package server

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/flow/intake"
	"emitscope/backend/msg"
	"emitscope/backend/replay"
	"emitscope/backend/scope/tape"
)

// recordingsFolder is where recordings are in the data folder.
const recordingsFolder = "recordings"

// recordings are those that run, of which every viewer is told at once.
type recordings struct {
	*tape.Tape
	changed chan struct{} // capacity 1
}

func (s *Server) openRecordings() *recordings {
	r := &recordings{changed: make(chan struct{}, 1)}
	r.Tape = newTape(s.cfg, s.version, s.log, func() {
		select {
		case r.changed <- struct{}{}:
		default: // it is to be told already
		}
	})
	return r
}

// tell tells what has changed until ctx ends. Whoever changes it cannot wait for that.
func (r *recordings) tell(ctx context.Context, inform func(frame any)) error {
	for {
		select {
		case <-r.changed:
			inform(wire.FeedRecordings{Type: "recordings", Recordings: r.now()})
		case <-ctx.Done():
			return nil
		}
	}
}

// now returns what viewers know of them.
func (r *recordings) now() wire.RecordingsNow { return wire.RecordingsNowOf(r.Running(), r.Flight()) }

// metrics are for Prometheus.
func (r *recordings) metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	counter := func(name, help string, value func() uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{
		gauge("emitscope_recordings_running", "Recordings that run.", func() float64 { return float64(len(r.Running())) }),
		gauge("emitscope_recordings_bytes", "Bytes of all recordings on the disk, without the flight recorder.", func() float64 { return float64(r.FileBytes()) }),
		counter("emitscope_recorded_messages_total", "Messages written into recordings; one that is in two counts twice.", func() uint64 { return r.Totals().Written }),
		counter("emitscope_recorded_dropped_total", "Messages missing in recordings, because they came faster than they could be written.", func() uint64 { return r.Totals().Dropped }),
		gauge("emitscope_flight_recording", "1 while the flight recorder runs.", func() float64 {
			if r.Flight().State == msg.FlightRuns {
				return 1
			}
			return 0
		}),
		gauge("emitscope_flight_messages", "Messages that the flight recorder has.", func() float64 { return float64(r.Flight().Messages) }),
		gauge("emitscope_flight_bytes", "Bytes that the flight recorder takes, on the disk or in memory.", func() float64 { return float64(r.Flight().FileBytes) }),
		counter("emitscope_flight_messages_total", "Messages that the flight recorder wrote.", func() uint64 { return r.Totals().FlightWritten }),
		counter("emitscope_flight_dropped_total", "Messages missing in the flight recorder, because they came faster than it may write, or it had failed.", func() uint64 { return r.Totals().FlightDropped }),
	}
}

// newTape returns the recordings that are in the data folder. What waits to be written is
// part of the memory that the settings allow.
func newTape(cfg config.Config, version string, log *slog.Logger, changed func()) *tape.Tape {
	r := cfg.Recordings
	o := tape.Options{
		Folder: filepath.Join(cfg.DataDir, recordingsFolder), Version: version, Late: cfg.Late, Log: log, Changed: changed,
		Keep:   tape.Keep{MaxAge: r.MaxAge, MaxBytes: r.MaxBytes, MaxCount: r.MaxCount, MinFree: r.MinFree},
		Flight: tape.FlightOptions{Where: r.Flight, MaxAge: r.FlightAge, MaxBytes: r.FlightBytes},
	}
	if limit := cfg.Limits.Memory; limit > 0 {
		const share = 16 // of the memory, for each recording
		o.MaxWaitingBytes = min(tape.DefaultMaxWaitingBytes, limit/share)
	}
	return tape.New(o)
}

// newReplay returns what plays the recordings of t.
func newReplay(in *intake.Intake, l lanes, t *tape.Tape, log *slog.Logger) *replay.Player {
	open := func(ctx context.Context, name string) (replay.Recording, error) {
		r, err := t.Open(ctx, name)
		if err != nil {
			return nil, err // not a nil *Reader
		}
		return r, nil
	}
	return replay.New(replay.Options{Intake: in, Lanes: l, Open: open, Log: log})
}

// isRecording reports whether a file of the data folder belongs to a recording.
func isRecording(name string) bool { return strings.HasPrefix(name, recordingsFolder+"/") }
