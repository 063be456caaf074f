public import JSON
public import Profiles

extension JSONWriter {
    /// Writes decoded fields as an object.
    public mutating func fields(_ list: FieldList) {
        beginObject()
        for field in list.fields {
            key(field.name)
            value(field.value)
        }
        endObject()
    }

    private mutating func value(_ value: FieldValue) {
        switch value {
        case .null: null()
        case .flag(let flag): self.flag(flag)
        case .integer(let integer): self.integer(integer)
        case .real(let real): exact(real)
        case .text(let text): string(text)
        case .list(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let list): fields(list)
        }
    }
}
