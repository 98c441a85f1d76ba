//go:build desktop

package app

import "testing"

func TestClientsOfOtherMachinesAreToldByTheirAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:5000": false, "[::1]:5000": false, "192.168.1.7:5000": true, "[fd00::1]:80": true, "10.0.0.3": true, "": false, "pipe": false,
	} {
		if got := isElsewhere(address); got != want {
			t.Errorf("%q: got %v, want %v", address, got, want)
		}
	}
}

func TestAWindowIsLeftWithoutAQuestionWhereThereIsNobodyToAsk(t *testing.T) {
	hub := &inside{url: "http://127.0.0.1:1"} // nobody answers there
	for name, w := range map[string]*Window{
		"no hub":           {listening: true},
		"no page":          {hub: hub},
		"agreed":           {hub: hub, listening: true, agreed: true},
		"not heard before": {hub: hub, listening: true, unheard: true},
		"no answer":        {hub: hub, listening: true},
	} {
		if !w.mayLeave() {
			t.Errorf("%s: somebody is asked", name)
		}
	}
}

func TestKeepingHidesTheWindowOnceAndStoppingEndsIt(t *testing.T) {
	hidden, shown, ended := 0, 0, 0
	w := &Window{toolkit: toolkit{hide: func() { hidden++ }, show: func(bool) { shown++ }, quit: func() { ended++ }}}
	w.Leave("background")
	w.Leave("background")
	w.Leave("cancel")
	if hidden != 1 || ended != 0 {
		t.Errorf("hidden %d times and ended %d times, want once and never", hidden, ended)
	}
	w.bring()
	w.Leave("stop")
	if shown != 1 || ended != 1 || !w.agreed {
		t.Errorf("shown %d times, ended %d times, agreed %v", shown, ended, w.agreed)
	}
}
