const started: string = process.version
console.log(started)
