package config_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/config"
	"emitscope/backend/msg"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestLoadLanesReturnsWhatSaveLanesKept(t *testing.T) {
	dir := t.TempDir()
	paced := msg.DefaultLaneSettings()
	paced.Pace.Interval, paced.CatchUp, paced.Full, paced.Key = 12500*time.Microsecond, msg.Burst, msg.Latest, "/symbol"
	rated := msg.DefaultLaneSettings()
	rated.Pace.Rate, rated.Relay, rated.Capacity = 0.1, true, 3
	want := map[string]msg.LaneSettings{"/ws/rt_market": paced, "/b": rated}
	if err := config.SaveLanes(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := config.LoadLanes(dir, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-saved +loaded:\n%s", diff)
	}
}

func TestLoadLanesFindsNoneBeforeAnyWereSaved(t *testing.T) {
	if got, err := config.LoadLanes(t.TempDir(), quiet()); len(got) != 0 || err != nil {
		t.Errorf("got %v, %v; want none", got, err)
	}
}

func TestLoadLanesSetsADamagedFileAsideAndSaysSo(t *testing.T) {
	for _, text := range []string{
		``, `{"lanes":`, `{"lanes":{}} x`, `{"lanes":{},"more":1}`,
		`{"lanes":{"a":{"interval":"0s","catch_up":"skip","capacity":1,"max_bytes":1048576,"full":"reject"}}}`,
		`{"lanes":{"/a":{"interval":"0s","catch_up":"skip","capacity":0,"max_bytes":1048576,"full":"reject"}}}`,
		`{"lanes":{"/a":{"interval":"soon","catch_up":"skip","capacity":1,"max_bytes":1048576,"full":"reject"}}}`,
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "lanes.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		got, err := config.LoadLanes(dir, slog.New(slog.NewTextHandler(&said, nil)))
		if len(got) != 0 || err != nil {
			t.Errorf("%q: got %v, %v; want no lanes and no error", text, got, err)
		}
		aside, _ := filepath.Glob(path + ".damaged-*")
		if len(aside) != 1 {
			t.Fatalf("%q: got %q set aside, want one file", text, aside)
		}
		if kept, _ := os.ReadFile(aside[0]); string(kept) != text {
			t.Errorf("set aside: got %q, want %q", kept, text)
		}
		if !strings.Contains(said.String(), "level=WARN") || !strings.Contains(said.String(), aside[0]) {
			t.Errorf("%q: got log %q, want a warning that names %s", text, said.String(), aside[0])
		}
	}
}
