using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Users;

/// <summary>Deleted users.</summary>
[OptionsValidator]
public sealed partial class UserOptions : IValidateOptions<UserOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Users";

    /// <summary>The time that the gateway keeps the files, inbox and context of a deleted user.</summary>
    [SettingRange("00:00:00", "365.00:00:00")]
    public TimeSpan KeepDataFor { get; set; } = TimeSpan.Zero;
}
