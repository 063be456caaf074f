import SQLite
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test("A transaction that fails leaves nothing behind, and the connection goes on")
    func transaction() throws {
        let connection = try Connection(path: ":memory:")
        try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.execute("INSERT INTO t VALUES (1)")
                try connection.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(connection.isInTransaction == false)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        let id = try connection.transaction { () throws(SQLiteError) in
            try connection.execute("INSERT INTO t VALUES (7)")
            return connection.lastInsertRowID
        }
        #expect(id == 7)
        #expect(connection.changes == 1)
    }

    @Test("A file that is not there is only made on request, and a reader cannot write")
    func access() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.db")
        for access in [Connection.Access.readOnly, .readWrite] {
            do {
                _ = try Connection(path: path, access: access)
                Issue.record("A database appeared.")
            } catch {
                #expect(error.condition == .disk)
            }
        }
        try Connection(path: path).execute("CREATE TABLE t (x)")
        let reader = try Connection(path: path, access: .readOnly)
        do {
            try reader.execute("INSERT INTO t VALUES (1)")
            Issue.record("A reader wrote.")
        } catch {
            #expect(error.condition == .disk)
        }
    }

    @Test("Reading stops when the reader has enough or throws, and the statement stays usable")
    func stop() throws {
        let connection = try Connection(path: ":memory:")
        var numbers = try connection.prepare("SELECT 1 UNION SELECT 2 UNION SELECT 3 ORDER BY 1")
        var seen: [Int64] = []
        try numbers.readRows([]) { row throws(SQLiteError) in
            seen.append(row.integer(0))
            return seen.count < 2
        }
        #expect(seen == [1, 2])
        do {
            try numbers.readRows([]) { _ throws(SQLiteError) in throw .inconsistent("enough") }
            Issue.record("The reader's error got lost.")
        } catch {
            #expect(error.condition == .corrupt)
        }
        #expect(try numbers.integer() == 1)
    }

    @Test("Integer and text of a first row; nothing of no row")
    func firstColumn() throws {
        let connection = try Connection(path: ":memory:")
        #expect(try connection.integer("PRAGMA user_version") == 0)
        #expect(try connection.text("SELECT 'a' UNION SELECT 'b' ORDER BY 1") == "a")
        #expect(try connection.text("SELECT 'a' WHERE 0") == nil)
        #expect(try connection.integer("SELECT 1 WHERE 0") == nil)
        #expect(try connection.integer("SELECT NULL") == nil)
    }
}
