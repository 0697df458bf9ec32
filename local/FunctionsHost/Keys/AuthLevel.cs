namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>What a caller must show, from nothing to the master key; each level includes those before it.</summary>
internal enum AuthLevel
{
    Anonymous = 0,
    User = 1,
    Function = 2,
    System = 3,
    Admin = 4,
}
