namespace McpFunctions.Bench.Measuring;

/// <summary>The names in tables.</summary>
internal static class Contenders
{
    public const string Gateway = "gateway";
    public const string Before = "state before";
    public const string Bull = "BullMQ";
    public const string GroupedBull = "BullMQ, rows grouped";
    public const string Empty = "empty functions";
    public const string RecordBus = "record's bus";
    public const string RawRedis = "raw Redis";
    public const string RawStorage = "raw storage";
}
