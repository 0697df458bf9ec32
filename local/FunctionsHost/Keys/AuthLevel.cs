namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>The access level of a key, from no key to the master key. Each level includes the lower ones.</summary>
internal enum AuthLevel
{
    Anonymous = 0,
    User = 1,
    Function = 2,
    System = 3,
    Admin = 4,
}
