// Go's own run time and collector: goroutines, channels, maps, formatting, sorting.
// args: go
// expect: args [go]
// expect: squares 285
// expect: [ash:2 elm:1 oak:3]
// expect: allocated
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
)

func main() {
	fmt.Println("args", os.Args[1:])
	results := make(chan int)
	var group sync.WaitGroup
	for i := 0; i < 10; i++ {
		group.Add(1)
		go func(n int) {
			defer group.Done()
			results <- n * n
		}(i)
	}
	go func() {
		group.Wait()
		close(results)
	}()
	sum := 0
	for square := range results {
		sum += square
	}
	fmt.Println("squares", sum)
	trees := map[string]int{"oak": 3, "ash": 2, "elm": 1}
	fmt.Println(fmt.Sprint(trees)[3:])
	var keep [][]byte
	for i := 0; i < 200; i++ {
		keep = append(keep, make([]byte, 100_000))
		if i%50 == 49 {
			keep = nil
			runtime.GC()
		}
	}
	fmt.Println("allocated")
}
