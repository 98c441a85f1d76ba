package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// rules are the reply rules. Put takes the place of the saved rule with that name,
// and reports whether there was none; Order is that of the saved ones.
type rules interface {
	List() []msg.RuleState
	Put(r msg.Rule) (made bool, err error)
	Switch(name string, on bool) error
	Remove(name string) error
	Order(names []string) error
}

// getRules lists the rules.
func (d *Door) getRules(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.RuleListOf(d.o.Rules.List()))
	return nil
}

// putRule keeps a rule under the name in the path.
func (d *Door) putRule(w http.ResponseWriter, r *http.Request) error {
	body := wire.DefaultRule()
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	rule, err := body.Rule(r.PathValue("name"))
	if err != nil {
		return err
	}
	made, err := d.o.Rules.Put(rule)
	if err != nil {
		return err
	}
	d.note(r, msg.RuleChanged, rule.Name)
	one, err := d.rule(rule.Name)
	if err != nil {
		return err
	}
	return sendPut(w, made, one)
}

// patchRule switches a rule on or off.
func (d *Door) patchRule(w http.ResponseWriter, r *http.Request) error {
	var body wire.RulePatch
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	name := r.PathValue("name")
	if body.On != nil {
		if err := d.o.Rules.Switch(name, *body.On); err != nil {
			return err
		}
		d.note(r, msg.RuleChanged, name)
	}
	one, err := d.rule(name)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, one)
	return nil
}

// rule returns a rule as it is now.
func (d *Door) rule(name string) (wire.Rule, error) {
	for _, s := range d.o.Rules.List() {
		if s.Name == name {
			return wire.RuleOf(s), nil
		}
	}
	return wire.Rule{}, noRule(name)
}

// patchRules puts the saved rules into another order.
func (d *Door) patchRules(w http.ResponseWriter, r *http.Request) error {
	var body wire.RuleOrder
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	if err := d.o.Rules.Order(body.Order); err != nil {
		return err
	}
	return d.getRules(w, r)
}

// deleteRule forgets a rule.
func (d *Door) deleteRule(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if err := d.o.Rules.Remove(name); err != nil {
		return err
	}
	d.note(r, msg.RuleRemoved, name)
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

func noRule(name string) error {
	return fault.Newf(fault.NotFound, "there is no rule %q", fault.Clip(name)).WithHint("it may have been removed; names differ by capital letters")
}
