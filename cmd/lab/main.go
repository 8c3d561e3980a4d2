// Command lab is the workbook's helper.
package main

func main() {}
