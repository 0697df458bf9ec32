using System.Globalization;
using StackExchange.Redis;

namespace McpFunctions.Functions.Operations;

/// <summary>The id of an entry of a stream: the time at which Redis added it, and a number within the millisecond.</summary>
/// <param name="Milliseconds">The time.</param>
/// <param name="Number">The number.</param>
internal readonly record struct EntryId(ulong Milliseconds, ulong Number) : IComparable<EntryId>
{
    /// <summary>The id before this one.</summary>
    public EntryId Previous => Number > 0 ? this with { Number = Number - 1 }
        : Milliseconds > 0 ? new EntryId(Milliseconds - 1, ulong.MaxValue)
        : this;

    /// <summary>Reads the text of an id.</summary>
    public static EntryId Parse(RedisValue id)
    {
        string[] parts = ((string)id!).Split('-');
        return new EntryId(ulong.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public int CompareTo(EntryId other) => Milliseconds != other.Milliseconds ? Milliseconds.CompareTo(other.Milliseconds) : Number.CompareTo(other.Number);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Number}");
}
