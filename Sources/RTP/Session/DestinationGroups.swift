// SPDX-License-Identifier: GPL-3.0-or-later

/// Which datagrams of a store go to the same place, each group in the order of the datagrams, groups in that of their
/// first ones. Memory is taken once; to add a datagram takes the same time however many there are. Confined to its store.
@safe
struct DestinationGroups: ~Copyable {
    struct Group {
        let route: DatagramRoute
        let first: Int32
        var last: Int32
        /// Where in the table the group stands.
        let place: Int
    }

    private(set) var count = 0
    private let groups: UnsafeMutablePointer<Group>
    /// By slot: the next one to the same place; negative for none.
    private let successors: UnsafeMutablePointer<Int32>
    /// Numbers of groups by what their routes come to, or the next free place; negative for none.
    private let table: UnsafeMutablePointer<Int32>
    private let mask: Int

    /// - Parameter capacity: datagrams.
    init(capacity: Int) {
        var places = 16
        // Half of it stays empty, so that looking for a free place is soon over.
        while places < 2 * capacity { places *= 2 }
        mask = places - 1
        unsafe groups = .allocate(capacity: capacity)
        unsafe successors = .allocate(capacity: capacity)
        unsafe successors.initialize(repeating: -1, count: capacity)
        unsafe table = .allocate(capacity: places)
        unsafe table.initialize(repeating: -1, count: places)
    }

    deinit {
        unsafe groups.deallocate()
        unsafe successors.deallocate()
        unsafe table.deallocate()
    }

    /// Adds the datagram in `slot`, below the capacity, and not yet in here.
    mutating func add(_ slot: Int, to route: DatagramRoute) {
        unsafe successors[slot] = -1
        var place = (Int(route.descriptor) &* 0x9E37 &+ Int(route.destination.port)) & mask
        while case let number = unsafe table[place], number >= 0 {
            let group = unsafe groups[Int(number)]
            if group.route == route {
                unsafe successors[Int(group.last)] = Int32(slot)
                unsafe groups[Int(number)].last = Int32(slot)
                return
            }
            place = (place + 1) & mask
        }
        unsafe table[place] = Int32(count)
        unsafe (groups + count).initialize(
            to: Group(route: route, first: Int32(slot), last: Int32(slot), place: place))
        count += 1
    }

    mutating func removeAll() {
        for index in 0..<count { unsafe table[groups[index].place] = -1 }
        count = 0
    }

    /// The route of group `index`, below `count`.
    func route(_ index: Int) -> DatagramRoute { unsafe groups[index].route }

    /// The slot of the first datagram of group `index`, below `count`.
    func first(_ index: Int) -> Int { unsafe Int(groups[index].first) }

    /// The slot of the datagram after the one in `slot`; nil where that is the group's last.
    func next(_ slot: Int) -> Int? {
        let next = unsafe successors[slot]
        return next < 0 ? nil : Int(next)
    }
}
