package config_test

import (
	"errors"
	"log/slog"
	"reflect"
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
		`addr is "nowhere"; want an IP address and a port`:                                                func(c *config.Config) { c.Addr = "nowhere" },
		`addr is "127.0.0.1:70000"; want`:                                                                 func(c *config.Config) { c.Addr = "127.0.0.1:70000" },
		`addr is "0.0.0.0:8092", which other machines can reach`:                                          func(c *config.Config) { c.Addr = "0.0.0.0:8092" },
		`data_dir is ""; want the path of a folder`:                                                       func(c *config.Config) { c.DataDir = "" },
		`data_dir is "~/hub"; want`:                                                                       func(c *config.Config) { c.DataDir = "~/hub" },
		`log_level is "loud"; want "debug" or "info" or "warn" or "error"`:                                func(c *config.Config) { c.LogLevel = "loud" },
		`limits.max_body is 5; want a size such as "64 MiB", or a whole number of bytes, 1 KiB to 64 MiB`: func(c *config.Config) { c.Limits.MaxBody = 5 },
		`ping_timeout is "1ms"; want a time with its unit`:                                                func(c *config.Config) { c.PingTimeout = time.Millisecond },
		`late.share is 2; want a number from 0 to 1`:                                                      func(c *config.Config) { c.Late.Share = 2 },
		`allowed_hosts is ["http://x"]; want a list of host names`:                                        func(c *config.Config) { c.AllowedHosts = []string{"http://x"} },
		`allowed_origins is ["https://x/"]; want a list of origins`:                                       func(c *config.Config) { c.AllowedOrigins = []string{"https://x/"} },
		`tls_cert is "~/crt"; want the path of a file`:                                                    func(c *config.Config) { c.TLSCert = "~/crt" },
		`tls_cert and tls_key go together`:                                                                func(c *config.Config) { c.TLSKey = "/key" },
		`udp.listen is "47269"; want an IP address and a port`:                                            func(c *config.Config) { c.UDP.Listen = "47269" },
		`udp.listen is "0.0.0.0:1", which other machines can reach`:                                       func(c *config.Config) { c.UDP.Listen = "0.0.0.0:1" },
		`udp.from is ["the lab"]; want a list of addresses`:                                               func(c *config.Config) { c.UDP.From = []string{"the lab"} },
		`udp.namespace is "udp"; want a namespace`:                                                        func(c *config.Config) { c.UDP.Namespace = "udp" },
		`udp.event is "connect"; want an event's name`:                                                    func(c *config.Config) { c.UDP.Event = "connect" },
		`limits.memory is 5; want 0, or a size such as "64 MiB", or a whole number of bytes, from 64 MiB`: func(c *config.Config) { c.Limits.Memory = 5 },
		`limits.max_lanes is 0; want a whole number of lanes, 1 to`:                                       func(c *config.Config) { c.Limits.MaxLanes = 0 },
		`limits.max_failed_keys is 0; want a whole number of keys, 1 to`:                                  func(c *config.Config) { c.Limits.MaxFailedKeys = 0 },
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
	level, lan, mdns := "debug", true, false
	got, err := file.Apply(config.Overrides{LogLevel: &level, LAN: &lan, MDNS: &mdns, AllowedOrigins: []string{"https://dash.example"}, AllowedHosts: []string{"emit.example"}})
	if err != nil {
		t.Fatal(err)
	}
	want := file
	want.LogLevel, want.LAN, want.MDNS = "debug", true, false
	want.AllowedHosts, want.AllowedOrigins = []string{"emit.example"}, []string{"https://dash.example"}
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

func TestOnlyAnAddressOfThisMachineAloneIsLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:8092": true, "localhost:80": true, "[::1]:9000": true, "127.9.9.9:1": true,
		"192.168.1.5:8092": false, ":8092": false, "0.0.0.0:1": false, "[::]:1": false, "[fe80::1%eth0]:1": false,
	} {
		if got := (config.Config{Addr: addr}).IsLoopback(); got != want {
			t.Errorf("%s: got %v, want %v", addr, got, want)
		}
	}
}

func TestListLimitsNamesEachSettingOfItsTableWithItsValue(t *testing.T) {
	c := someDefaults()
	c.Limits.MaxRooms = 77
	got := map[string]string{}
	for _, l := range c.ListLimits() {
		if l.About == "" {
			t.Errorf("%s: nothing says what it bounds", l.Name)
		}
		got[l.Name] = l.Value
	}
	if want := reflect.TypeFor[config.Limits]().NumField(); len(got) != want {
		t.Errorf("got %d limits, want one for each of the %d fields", len(got), want)
	}
	for name, want := range map[string]string{"max_rooms": "77", "header_timeout": "10s", "memory": "0", "max_body": "1 MiB"} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
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

func TestUDPMayBeReachedByOthersOnceTheyAreNamed(t *testing.T) {
	c := someDefaults()
	at, from := "0.0.0.0:47269", []string{"192.168.1.0/24", "fd00::1"}
	got, err := c.Apply(config.Overrides{UDP: &at, UDPFrom: from})
	if err != nil || got.UDP.Listen != at || len(got.UDP.From) != 2 {
		t.Errorf("got %+v, %v, want that it listens for those", got.UDP, err)
	}
}
