package rest

import (
	"net/http"

	"emitscope/backend/fault"
)

// ok is the whole answer of the routes that only say that all is well.
func ok() reply { return reply{http.StatusOK, []byte(`{"result":"OK"}`)} }

// getRoot tells whoever asks that the hub runs. It touches nothing that could be
// busy.
func (d *Door) getRoot(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	ok().send(w)
	return nil
}

// optionsRoot lets pages of any origin ask the same with any header.
func optionsRoot(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Max-Age", "86400")
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

func (d *Door) getLive(w http.ResponseWriter, _ *http.Request) error {
	ok().send(w)
	return nil
}

func (d *Door) getReady(w http.ResponseWriter, _ *http.Request) error {
	if err := d.o.Ready(); err != nil {
		f := fault.From(err)
		if f.Kind == fault.Internal {
			f = fault.Newf(fault.Stopping, "the hub is not ready: %v", err).WithCode("not_ready")
		}
		return &refusal{http.StatusServiceUnavailable, f}
	}
	ok().send(w)
	return nil
}

func (d *Door) getMetrics(w http.ResponseWriter, r *http.Request) error {
	d.o.Metrics.ServeHTTP(w, r)
	return nil
}
