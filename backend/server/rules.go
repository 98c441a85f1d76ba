package server

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/flow/reply"
	"emitscope/backend/msg"
	"emitscope/backend/shelf"
)

// Bounds of the saved rules: more than anybody looks through.
const (
	maxRules     = 200
	maxRuleBytes = 512 << 10 // the longest data and query, each byte of them escaped
)

// rules are the reply rules, from where they are kept to where they are in force:
// those of the settings file, which is only read; then the built-in one; then those
// that people saved. A built-in rule that somebody changed is saved under its name.
type rules struct {
	*reply.Rules

	mu    sync.Mutex
	read  []msg.Rule // of the settings file
	file  []msg.Rule // the same as somebody switched them
	saved *shelf.Shelf
}

// openRules puts the rules in force that are there from the start.
func openRules(cfg config.Config, o reply.Options) (*rules, error) {
	o.MaxWaiting = cfg.Limits.MaxWaitingReplies
	saved, err := shelf.Open(shelf.Options{
		Path: filepath.Join(cfg.DataDir, "rules.json"), Kind: "rule", Max: maxRules, MaxBytes: maxRuleBytes, Ordered: true,
		Check: checkRule, Write: config.WriteFileAtomic, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	r := &rules{Rules: reply.New(o), read: cfg.Rules, file: slices.Clone(cfg.Rules), saved: saved}
	for _, s := range saved.List() {
		if r.inFile(s.Name) >= 0 {
			o.Log.Warn("Saved rule not in force, for the settings file has one of its name", "rule", s.Name)
		}
	}
	if err := r.apply(); err != nil {
		return nil, err
	}
	return r, nil
}

// checkRule says what is wrong with a saved rule, whatever its name.
func checkRule(value []byte) error {
	rule, err := readRule("name", value)
	if err != nil {
		return err
	}
	return reply.Check(rule)
}

func readRule(name string, value []byte) (msg.Rule, error) {
	var n wire.NewRule
	if err := wire.DecodeStrict(value, &n); err != nil {
		return msg.Rule{}, err
	}
	return n.Rule(name)
}

// apply puts all rules in force. The caller holds mu, or is the only one.
func (r *rules) apply() error {
	var all []msg.RuleState
	for _, rule := range r.file {
		all = append(all, msg.RuleState{Rule: rule, Source: msg.SourceFile})
	}
	own := reply.BuiltIn()
	builtIn := len(all)
	if r.inFile(own.Name) < 0 {
		all = append(all, msg.RuleState{Rule: own, Source: msg.SourceBuiltIn})
	}
	for _, s := range r.saved.List() {
		rule, err := readRule(s.Name, s.Value)
		switch {
		case err != nil:
			return err
		case r.inFile(s.Name) >= 0:
		case s.Name == own.Name:
			all[builtIn] = msg.RuleState{Rule: rule, Source: msg.SourceChanged}
		default:
			all = append(all, msg.RuleState{Rule: rule, Source: msg.SourceSaved})
		}
	}
	return r.Set(all)
}

// Put saves a rule and has it in force from now on. It reports whether there was
// none with its name.
func (r *rules) Put(rule msg.Rule) (made bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.put(rule)
}

func (r *rules) put(rule msg.Rule) (made bool, err error) {
	if r.inFile(rule.Name) >= 0 {
		return false, errInFile(rule.Name)
	}
	value, err := json.Marshal(wire.NewRuleOf(rule))
	if err != nil {
		return false, err
	}
	made, err = r.saved.Put(rule.Name, value)
	if err != nil {
		return false, err
	}
	return made && rule.Name != reply.BuiltIn().Name, r.apply()
}

// Switch switches a rule on or off: one of the settings file until the hub ends,
// any other for good.
func (r *rules) Switch(name string, on bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.inFile(name); i >= 0 {
		r.file[i].On = on
		return r.apply()
	}
	rule := reply.BuiltIn()
	i := slices.IndexFunc(r.saved.List(), func(s msg.Named) bool { return s.Name == name })
	switch {
	case i >= 0:
		var err error
		if rule, err = readRule(name, r.saved.List()[i].Value); err != nil {
			return err
		}
	case name != rule.Name:
		return r.saved.Remove(name) // which says that it is not there
	}
	rule.On = on
	_, err := r.put(rule)
	return err
}

// Remove forgets a saved rule; a built-in one that was changed is as it was before.
func (r *rules) Remove(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inFile(name) >= 0 {
		return errInFile(name)
	}
	err := r.saved.Remove(name)
	if err != nil && name == reply.BuiltIn().Name {
		return fault.Newf(fault.Conflict, "the rule %q is part of every hub", name).WithCode("rule_built_in").WithHint("switch it off")
	}
	if err != nil {
		return err
	}
	return r.apply()
}

// Order puts the saved rules into another order. The built-in one keeps its place.
func (r *rules) Order(names []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	own := reply.BuiltIn().Name
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == own })
	if slices.ContainsFunc(r.saved.List(), func(s msg.Named) bool { return s.Name == own }) {
		names = append(names, own)
	}
	if err := r.saved.Order(names); err != nil {
		return err
	}
	return r.apply()
}

// Clear takes back all that people changed.
func (r *rules) Clear() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.saved.Clear(); err != nil {
		return err
	}
	r.file = slices.Clone(r.read)
	return r.apply()
}

func (r *rules) inFile(name string) int {
	return slices.IndexFunc(r.file, func(rule msg.Rule) bool { return rule.Name == name })
}

func errInFile(name string) error {
	return fault.Newf(fault.Conflict, "the rule %q is in the settings file, which the hub only reads", fault.Clip(name)).
		WithCode("rule_in_file").WithHint("change it there and start the hub again, or switch it off until then")
}

func (r *rules) metrics() []prometheus.Collector {
	counter := func(name, help string, value func() uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{
		counter("emitscope_replies_total", "How often reply rules were to reply.", func() uint64 { replies, _ := r.Counts(); return replies }),
		counter("emitscope_reply_errors_total", "Replies that could not be made, or were refused.", func() uint64 { _, errs := r.Counts(); return errs }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "emitscope_replies_waiting", Help: "Replies whose delay is not over."},
			func() float64 { return float64(r.Waiting()) }),
	}
}
