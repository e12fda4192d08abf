import Glibc

@main
enum Main {
    static func main() { print("cellbridge", getpid()) }
}
