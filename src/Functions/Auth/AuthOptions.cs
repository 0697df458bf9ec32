using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Auth;

/// <summary>Users, sessions, tokens and passwords.</summary>
[OptionsValidator]
public sealed partial class AuthOptions : IValidateOptions<AuthOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Auth";

    /// <summary>The start of the sample's secrets. Everybody knows them, so the app refuses them outside Development.</summary>
    public const string SampleMark = "local-only-";

    /// <summary>The name of the administrator who can sign in to a new gateway.</summary>
    public string AdminUsername { get; set; } = "";

    /// <summary>That administrator's password, at least 12 characters.</summary>
    public string AdminPassword { get; set; } = "";

    /// <summary>The id of the key in <see cref="SigningKeys"/> that signs new tokens.</summary>
    public string SigningKeyId { get; set; } = "";

    /// <summary>
    /// The keys that sign tokens, by id, each base64 of at least 32 bytes (RFC 7518, section 3.2: a key for
    /// HMAC-SHA256 is at least as long as its output). To rotate keys, add a key and name it in <see cref="SigningKeyId"/>.
    /// Remove the old key when the tokens signed with it have expired.
    /// </summary>
    public Dictionary<string, string> SigningKeys { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// A file with the keys, instead of <see cref="SigningKeyId"/> and <see cref="SigningKeys"/>, such as a secret that the platform mounts:
    /// <c>{"signingKeyId": "id", "signingKeys": {"id": "base64"}}</c>. The app reads it again every 5 seconds, so that keys are rotated
    /// without a restart.
    /// </summary>
    public string? SigningKeysFile { get; set; }

    /// <summary>The time that an access token is valid.</summary>
    [SettingRange("00:01:00", "1.00:00:00")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The time after which an unused session ends.</summary>
    [SettingRange("00:00:05", "30.00:00:00")]
    public TimeSpan SessionIdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The time after which every session ends, used or not. <see cref="SessionIdleTimeout"/> to 90 days; 12 hours unless set.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>The most sessions of a user. A further login ends the session that was unused for the longest time.</summary>
    [SettingRange(1, 1_000)]
    public int MaxSessionsPerUser { get; set; } = 50;

    /// <summary>The most API keys of a user.</summary>
    [SettingRange(1, 1_000)]
    public int MaxApiKeysPerUser { get; set; } = 100;

    /// <summary>
    /// The rounds of PBKDF2-HMAC-SHA512 for a password; the default is that of the OWASP Password Storage Cheat Sheet. After you raise the
    /// number, the next login of each user hashes the password again.
    /// </summary>
    [SettingRange(100_000, 10_000_000)]
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>The failed logins in 15 minutes that lock a name for 15 minutes.</summary>
    [SettingRange(1, 100)]
    public int MaxFailuresPerName { get; set; } = 5;

    /// <summary>The failed logins in 15 minutes that lock an address for 15 minutes. Many users may share an address.</summary>
    [SettingRange(1, 1_000)]
    public int MaxFailuresPerAddress { get; set; } = 20;

    /// <summary>The most logins of a name in 15 minutes, successful or not.</summary>
    [SettingRange(1, 1_000_000)]
    public int MaxLoginsPerName { get; set; } = 100;

    /// <summary>The most logins of an address in 15 minutes, successful or not.</summary>
    [SettingRange(1, 1_000_000)]
    public int MaxLoginsPerAddress { get; set; } = 1_000;

    /// <summary>The most passwords that an instance hashes at the same time. The default is the number of processors.</summary>
    [SettingRange(1, 256)]
    public int MaxConcurrentHashes { get; set; } = Environment.ProcessorCount;

    /// <summary>The most requests that wait for a password hash. Further requests get 429.</summary>
    [SettingRange(0, 10_000)]
    public int MaxWaitingHashes { get; set; } = 32;

    /// <summary>Whether a value is the sample's.</summary>
    internal static bool IsSample(string value) => value.StartsWith(SampleMark, StringComparison.Ordinal);
}
