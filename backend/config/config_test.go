package config_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/config"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// someDefaults are the defaults on a machine that says where data is kept.
func someDefaults() config.Config {
	c := config.Defaults()
	c.DataDir = "/var/lib/emitscope"
	return c
}

func TestDefaultsPassTheirOwnCheck(t *testing.T) {
	if err := someDefaults().Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesTheSettingAndWhatItMayBe(t *testing.T) {
	for want, change := range map[string]func(*config.Config){
		`addr is "nowhere"; want an IP address and a port`:                 func(c *config.Config) { c.Addr = "nowhere" },
		`addr is "127.0.0.1:70000"; want`:                                  func(c *config.Config) { c.Addr = "127.0.0.1:70000" },
		`addr is "0.0.0.0:8092", which other machines can reach`:           func(c *config.Config) { c.Addr = "0.0.0.0:8092" },
		`data_dir is ""; want the path of a folder`:                        func(c *config.Config) { c.DataDir = "" },
		`data_dir is "~/hub"; want`:                                        func(c *config.Config) { c.DataDir = "~/hub" },
		`log_level is "loud"; want "debug" or "info" or "warn" or "error"`: func(c *config.Config) { c.LogLevel = "loud" },
		`limits.max_body is 5; want a whole number of bytes, 1024 to`:      func(c *config.Config) { c.Limits.MaxBody = 5 },
		`ping_timeout is "1ms"; want a time with its unit`:                 func(c *config.Config) { c.PingTimeout = time.Millisecond },
		`late.share is 2; want a number from 0 to 1`:                       func(c *config.Config) { c.Late.Share = 2 },
		`allowed_hosts is ["http://x"]; want a list of host names`:         func(c *config.Config) { c.AllowedHosts = []string{"http://x"} },
		`lanes."nowhere": namespace "nowhere" does not begin with /`: func(c *config.Config) {
			c.Lanes = map[string]msg.LanePatch{"nowhere": {}}
		},
		`lanes."/a": capacity is 0 messages`: func(c *config.Config) {
			c.Lanes = map[string]msg.LanePatch{"/a": {Capacity: new(int)}}
		},
	} {
		c := someDefaults()
		change(&c)
		if err := c.Check(); !errors.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want an Invalid error that begins with %s", err, want)
		}
	}
}

func TestApplyLaysFlagsOverTheFile(t *testing.T) {
	file := someDefaults()
	file.LogLevel, file.LogFormat = "warn", "json"
	level, lan := "debug", true
	got, err := file.Apply(config.Overrides{LogLevel: &level, LAN: &lan, AllowedHosts: []string{"emit.example"}})
	if err != nil {
		t.Fatal(err)
	}
	want := file
	want.LogLevel, want.LAN, want.AllowedHosts = "debug", true, []string{"emit.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestApplyRefusesAFlagThatMakesNoSense(t *testing.T) {
	format := "xml"
	if _, err := someDefaults().Apply(config.Overrides{LogFormat: &format}); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want an Invalid error", err)
	}
}

func TestListenAddrIsAllInterfacesOnlyWhenSharing(t *testing.T) {
	for _, c := range []struct {
		addr string
		lan  bool
		want string
	}{
		{"127.0.0.1:8092", false, "127.0.0.1:8092"},
		{"localhost:80", false, "localhost:80"},
		{"127.0.0.1:8092", true, ":8092"},
		{"[::1]:9000", true, ":9000"},
		{"192.168.1.5:8092", true, "192.168.1.5:8092"},
		{":8092", true, ":8092"},
	} {
		got := config.Config{Addr: c.addr, LAN: c.lan}.ListenAddr()
		if got != c.want {
			t.Errorf("%s, LAN %v: got %s, want %s", c.addr, c.lan, got, c.want)
		}
	}
}

func TestLevelIsTheOneThatWasNamed(t *testing.T) {
	for name, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	} {
		if got := (config.Config{LogLevel: name}).Level(); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestLaneSettingsHaveThePresetFromTheFirstStart(t *testing.T) {
	want := msg.DefaultLaneSettings()
	want.Pace.Interval = 10 * time.Millisecond
	got := config.Defaults().LaneSettings(nil)
	if diff := cmp.Diff(map[string]msg.LaneSettings{"/ws/rt_market": want}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatTheFileSaysOfALaneHoldsAndTheRestIsAsItWasLeft(t *testing.T) {
	fifty, capacity := 50*time.Millisecond, 7
	c := config.Config{Lanes: map[string]msg.LanePatch{
		"/a":            {Interval: &fifty},
		"/ws/rt_market": {Capacity: &capacity},
	}}
	left := msg.DefaultLaneSettings()
	left.Pace.Rate, left.Relay = 3, true
	got := c.LaneSettings(map[string]msg.LaneSettings{"/a": left, "/b": left})

	a := left
	a.Pace = msg.Pace{Interval: fifty}
	market := msg.DefaultLaneSettings()
	market.Pace.Interval, market.Capacity = 10*time.Millisecond, capacity
	want := map[string]msg.LaneSettings{"/a": a, "/b": left, "/ws/rt_market": market}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestShowExplainsEverySetting(t *testing.T) {
	testkit.Golden(t, "defaults", config.Show(someDefaults()))
}
