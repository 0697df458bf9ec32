using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Users;

/// <summary>Deleted users.</summary>
public sealed class UserOptions : IValidateOptions<UserOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Users";

    /// <summary>The time that the gateway keeps the files, inbox and context of a deleted user. 0 to 365 days; 0 unless set.</summary>
    public TimeSpan KeepDataFor { get; set; } = TimeSpan.Zero;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, UserOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.KeepDataFor >= TimeSpan.Zero && options.KeepDataFor <= TimeSpan.FromDays(365)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Set Users__KeepDataFor to a time from 00:00:00 to 365.00:00:00, or leave it out for 00:00:00.");
    }
}
