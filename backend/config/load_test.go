package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/config"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func write(t testing.TB, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, text string) config.Config {
	t.Helper()
	path := write(t, text)
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.File != path {
		t.Errorf("the settings are from %q, want %q", c.File, path)
	}
	c.File = "" // another for each text
	return c
}

// inFreshHome makes the system's folders point into an empty one.
func inFreshHome(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "AppData", "LocalAppData", "USERPROFILE"} {
		t.Setenv(name, home)
	}
}

func TestLoadNeedsNoFileInTheDefaultPlace(t *testing.T) {
	inFreshHome(t)
	got, err := config.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Defaults(), got); diff != "" {
		t.Errorf("-defaults +got:\n%s", diff)
	}
}

func TestLoadReadsTheFileInTheDefaultPlace(t *testing.T) {
	inFreshHome(t)
	path := config.DefaultPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("lan = true"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := config.Load(""); err != nil || !c.LAN {
		t.Errorf("got lan %v, %v; want true", c.LAN, err)
	}
}

func TestLoadRefusesAFileThatWasNamedAndIsNotThere(t *testing.T) {
	_, err := config.Load("/nowhere/config.toml")
	if !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "/nowhere/config.toml") {
		t.Errorf("got %v, want an Invalid error that names the file", err)
	}
}

func TestLoadRefusesAFileWithoutEnd(t *testing.T) {
	path := write(t, strings.Repeat("#", 1<<20+1))
	if _, err := config.Load(path); !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "1048576 bytes") {
		t.Errorf("got %v, want an Invalid error with the limit", err)
	}
}

func TestLoadLaysTheFileOverTheDefaults(t *testing.T) {
	got := load(t, `
addr = "127.0.0.1:9000"
lan = true
allowed_hosts = ["emit.example", "10.0.0.7"]
log_format = "json"
slow_policy = "disconnect"
ping_interval = "12.5s"
limits = { max_body = 2_097_152, outbox_bytes = "16 MiB", idle_timeout = "1m" }

[late]
share = 1

[lanes."/ws/sensors"]
interval = "50ms"
capacity = 9
max_bytes = "1 MiB"
full = "latest"
key = "/id"
catch_up = "burst"
relay = true
`)
	want := config.Defaults()
	want.Addr, want.LAN, want.LogFormat = "127.0.0.1:9000", true, "json"
	want.AllowedHosts = []string{"emit.example", "10.0.0.7"}
	want.SlowPolicy = msg.SlowDisconnect
	want.PingInterval = 12500 * time.Millisecond
	want.Limits.MaxBody, want.Limits.OutboxBytes, want.Limits.IdleTimeout = 2<<20, 16<<20, time.Minute
	want.Late.Share = 1
	interval, capacity, bytes, full, key, burst, relay := 50*time.Millisecond, 9, int64(1<<20), msg.Latest, "/id", msg.Burst, true
	want.Lanes = map[string]msg.LanePatch{"/ws/sensors": {
		Interval: &interval, Capacity: &capacity, MaxBytes: &bytes, Full: &full, Key: &key, CatchUp: &burst, Relay: &relay,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLoadNamesTheLineAndTheSettingThatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"lan = true\nadr = \"x\"":                      `2:1: adr is not a setting; known here are addr, lan, `,
		"[limits]\n\n  max_bodi = 5":                   `3:3: limits.max_bodi is not a setting; known here are max_connections, `,
		"[limitz]\na = 1":                              `1:2: limitz is not a setting`,
		"limits.max_body = \"1 M\"":                    `1:1: limits.max_body is "1 M"; want a size such as "64 MiB", or a whole number of bytes, 1 KiB to 64 MiB`,
		"[limits]\nmax_body = 7":                       `2:1: limits.max_body is 7; want`,
		"limits = { max_frame = 7 }":                   `1:12: limits.max_frame is 7; want`,
		"limits = 5":                                   `1:1: limits is 5; want a table`,
		"lan = \"yes\"":                                `1:1: lan is "yes"; want true or false`,
		"allowed_hosts = [\"a\", 5]":                   `1:1: allowed_hosts is ["a", 5]; want a list`,
		"log_level = 2001-01-01":                       `1:1: log_level is a date or time; want`,
		"ping_interval = 5":                            `1:1: ping_interval is 5; want a time with its unit such as "12.5ms"`,
		"ping_interval = \"5\"":                        `1:1: ping_interval is "5"; want a time`,
		"addr = {}":                                    `1:1: addr is a table; want`,
		"lan = true\nlan = false":                      `2:1: `,
		"[late]\nshare = 1\n[late]":                    `3:1: `,
		"lan = ":                                       `1:7: `,
		"lan = true false":                             `1:12: `,
		"a\n= 5":                                       `1:2: `,
		"lanes = 5":                                    `1:1: lanes is 5; want tables such as [lanes."/ws/sensors"]`,
		"lanes.\"/a\" = 5":                             `1:1: lanes."/a" is 5; want a table`,
		"[lanes.a]":                                    `1:2: lanes."a": namespace "a" does not begin with /`,
		"[lanes.\"/a\"]\npace = 5":                     `2:1: lanes."/a".pace is not a setting; known here are interval, rate, `,
		"[lanes.\"/a\"]\ninterval = 50":                `2:1: lanes."/a".interval is 50; want a time with its unit`,
		"[lanes.\"/a\"]\nrelay=true\ninterval=\"1s1\"": `3:1: lanes."/a".interval is "1s1"; want`,
		"[lanes.\"/a\"]\nrelay=true\ninterval=\"1us\"": `3:1: lanes."/a": interval is 1µs; it is 0s (as they come) or 1ms to`,
		"[lanes.\"/a\"]\nrelay=true\nrate=-1.5":        `3:1: lanes."/a": rate is -1.5 a second`,
		"[lanes.\"/a\"]\ncapacity=2\nfull=\"latest\"":  `3:1: lanes."/a": key "" is not a JSON pointer`,
		"[lanes.\"/a\"]\nfull=\"latest\"\nkey=\"id\"":  `3:1: lanes."/a": key "id" is not a JSON pointer`,
		"[lanes.\"/a\"]\nkey=\"/id\"\nfull=\"never\"":  `3:1: lanes."/a": full is "never"`,
		"[lanes.\"/a\"]\nkey=\"/id\"":                  `2:1: lanes."/a": key is "/id", but only the policy latest has a key`,
		"[lanes.\"/a\"]\ninterval=\"1s\"\nrate=5":      `1:2: lanes."/a": interval and rate are both set`,
		"eio3 = 1\nlan = 1":                            `1:1: eio3 is 1`,
	} {
		path := write(t, text)
		_, err := config.Load(path)
		if !errors.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), path+":"+want) {
			t.Errorf("%q:\n got %v\nwant an Invalid error that begins with %s:%s", text, err, path, want)
		}
	}
}

func TestLoadAllowsNoMoreLanesThanAHubHas(t *testing.T) {
	var b bytes.Buffer
	for i := range 256 {
		fmt.Fprintf(&b, "[lanes.\"/%d\"]\n", i)
	}
	if _, err := config.Load(write(t, b.String())); err == nil || !strings.Contains(err.Error(), "the file names 256 lanes") {
		t.Errorf("got %v, want an error with the number of lanes", err)
	}
}

func TestLoadAllowsAsManyLanesAsTheFileSaysItself(t *testing.T) {
	text := "[lanes.\"/a\"]\n[lanes.\"/b\"]\n[limits]\nmax_lanes = "
	if c := load(t, text+"3"); len(c.Lanes) != 2 {
		t.Errorf("got %d lanes, want 2", len(c.Lanes))
	}
	if _, err := config.Load(write(t, text+"2")); err == nil || !strings.Contains(err.Error(), "the file names 2 lanes; at most 1 are allowed") {
		t.Errorf("got %v, want an error with the number of lanes", err)
	}
}

func TestLoadLeavesToApplyWhetherSettingsGoTogether(t *testing.T) {
	c := load(t, `addr = "0.0.0.0:8092"`)
	lan, dir := true, "/tmp"
	if _, err := c.Apply(config.Overrides{LAN: &lan, DataDir: &dir}); err != nil {
		t.Errorf("got %v, want no error: the flag --lan allows the file's address", err)
	}
}

func TestLoadReadsBackWhatShowWrote(t *testing.T) {
	c := load(t, `
data_dir = 'C:\Users\"Q"'
allowed_hosts = ["emit.example"]
late.share = 0.125
[lanes."/ws/rt_market"]
rate = 2.5
[lanes."/ä\"b\"\u200b"]
full = "latest"
key = "/symbol"
`)
	again := load(t, config.Show(c))
	if diff := cmp.Diff(c.LaneSettings(nil), again.LaneSettings(nil)); diff != "" {
		t.Errorf("lanes: -shown +read:\n%s", diff)
	}
	c.Lanes, again.Lanes = nil, nil
	if diff := cmp.Diff(c, again); diff != "" {
		t.Errorf("-shown +read:\n%s", diff)
	}
}
