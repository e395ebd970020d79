package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	all, err := trials()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, p := range measure(all, 30) {
		b, _ := json.Marshal(p)
		fmt.Println(string(b))
	}
}
