package portal

// aside does a part of a page beside the rest of it, and wait waits for that. A
// panic goes on where it is waited for, since only there it is caught.
func aside(do func() error) (wait func() error) {
	var err error
	var fault any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { fault = recover() }()
		err = do()
	}()
	return func() error {
		<-done
		if fault != nil {
			panic(fault)
		}
		return err
	}
}
