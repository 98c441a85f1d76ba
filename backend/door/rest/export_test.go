package rest

// Described returns method and path of every route that the document must have,
// and of those it leaves out.
func (d *Door) Described() (in, out [][2]string) {
	for _, rt := range d.routes() {
		if rt.doc != nil {
			in = append(in, [2]string{rt.method, rt.path})
		} else {
			out = append(out, [2]string{rt.method, rt.path})
		}
	}
	return in, out
}
