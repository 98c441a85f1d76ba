package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"emitscope/backend/msg"
)

// Show writes c as a file that Load reads back to the same settings, each with
// a word about what it is. Lanes are shown whole, as LaneSettings(nil) has them.
func Show(c Config) string {
	b := &strings.Builder{}
	table := ""
	for _, s := range settings(&c) {
		if s.table != table {
			table = s.table
			fmt.Fprintf(b, "\n[%s]\n", table)
		}
		fmt.Fprintf(b, "# %s\n", s.about)
		write(b, s)
	}
	fmt.Fprintf(b, "\n# The lanes, as this file has them. Lane settings changed while a hub runs are not shown here; they are kept in\n# %q.\n",
		filepath.Join(c.DataDir, lanesFile))
	lanes := c.LaneSettings(nil)
	for _, name := range laneNames(lanes) {
		p := everything(lanes[name])
		fmt.Fprintf(b, "\n[%s]\n", laneTable(name))
		for _, s := range laneSettings(name, &p) {
			write(b, s)
		}
	}
	for _, rule := range c.Rules {
		fmt.Fprintf(b, "\n[[%s]]\n", ruleTable)
		for _, s := range ruleSettings(&rule) {
			write(b, s)
		}
	}
	return b.String()
}

// write writes one line: the TOML encoder knows how text is quoted.
func write(b *strings.Builder, s setting) {
	value := s.value()
	if value == nil {
		return
	}
	line, err := toml.Marshal(map[string]any{s.key: value})
	if err != nil {
		panic(fmt.Sprintf("setting %s: %v", s.key, err)) // a kind writes what TOML has no form for
	}
	b.Write(line)
}

// everything is a patch that says all of s, and what is unset by leaving it out.
func everything(s msg.LaneSettings) msg.LanePatch {
	p := msg.LanePatch{
		Interval: &s.Pace.Interval, CatchUp: &s.CatchUp,
		Capacity: &s.Capacity, MaxBytes: &s.MaxBytes, Full: &s.Full, Relay: &s.Relay,
	}
	if s.Pace.Rate != 0 {
		p.Interval, p.Rate = nil, &s.Pace.Rate
	}
	if s.Full == msg.Latest {
		p.Key = &s.Key
	}
	return p
}
