package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/template"
)

// mostSkipped is how many messages of a template may come before the one that is
// asked for. Each is made, for the next depends on it.
const mostSkipped = 1000

// postTemplate answers with one message of a template, without sending it.
func (d *Door) postTemplate(w http.ResponseWriter, r *http.Request) error {
	var body wire.Template
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Skip < 0 || body.Skip > mostSkipped {
		return fault.Newf(fault.Invalid, "skip is %d; it is 0 to %d", body.Skip, mostSkipped).WithCode("invalid_template").WithHint("begin anew with another seed")
	}
	t, err := template.Parse(body.Text)
	if err != nil {
		return err
	}
	run := t.Start(template.Env{Seed: body.Seed})
	var data []byte
	for range body.Skip + 1 {
		if data, err = run.Append(data[:0], nil); err != nil {
			return err
		}
	}
	d.sendJSON(w, r, wire.FilledTemplate{Data: data})
	return nil
}

func docPostTemplate() *operation {
	bad := func() error { _, err := template.Parse(`{"price": {{wlak 1 1}}}`); return err }()
	return about("fillTemplate", "messages", "What a template would send",
		"JSON with holes, as simulators and reply rules have them: `{{walk 231.42 0.02}}`, `{{rand 1 10}}`, `{{pick \"a\" \"b\"}}`, `{{seq}}`, `{{id}}`, `{{now ms}}`, "+
			"`{{price + 0.01}}`. Nothing is sent.").
		takes(jsonType, ref[wire.Template](), map[string]example{
			"the first one": {object{"text": `{"price": {{walk 231.42 0.02}}, "ts": {{now ms}}}`, "seed": 7}},
			"the third one": {object{"text": `{"n": {{seq}}}`, "skip": 2}},
		}).
		givesJSON("The message's data.", ref[wire.FilledTemplate](), wire.FilledTemplate{Data: []byte(`{"n":3}`)}).
		failsWith(http.StatusBadRequest, bad).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}
