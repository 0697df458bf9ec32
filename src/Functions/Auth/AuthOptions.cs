namespace McpFunctions.Functions.Auth;

/// <summary>Users, sessions, tokens and passwords.</summary>
public sealed class AuthOptions
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

    /// <summary>The time that an access token is valid. A minute to a day; 15 minutes unless set.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The time after which an unused session ends. 5 seconds to 30 days; 30 minutes unless set.</summary>
    public TimeSpan SessionIdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The time after which every session ends, used or not. <see cref="SessionIdleTimeout"/> to 90 days; 12 hours unless set.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>The most sessions of a user. A further login ends the session that was unused for the longest time. 1 to 1,000; 50 unless set.</summary>
    public int MaxSessionsPerUser { get; set; } = 50;

    /// <summary>The most API keys of a user. 1 to 1,000; 100 unless set.</summary>
    public int MaxApiKeysPerUser { get; set; } = 100;

    /// <summary>
    /// The rounds of PBKDF2-HMAC-SHA512 for a password. 100,000 to 10,000,000; 210,000 unless set (OWASP
    /// Password Storage Cheat Sheet). After you raise the number, the next login of each user hashes the password again.
    /// </summary>
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>The failed logins in 15 minutes that lock a name for 15 minutes. 1 to 100; 5 unless set.</summary>
    public int MaxFailuresPerName { get; set; } = 5;

    /// <summary>The failed logins in 15 minutes that lock an address for 15 minutes. Many users may share an address. 1 to 1,000; 20 unless set.</summary>
    public int MaxFailuresPerAddress { get; set; } = 20;

    /// <summary>The most logins of a name in 15 minutes, successful or not. 1 to 1,000,000; 100 unless set.</summary>
    public int MaxLoginsPerName { get; set; } = 100;

    /// <summary>The most logins of an address in 15 minutes, successful or not. 1 to 1,000,000; 1,000 unless set.</summary>
    public int MaxLoginsPerAddress { get; set; } = 1_000;

    /// <summary>The most passwords that an instance hashes at the same time. 1 to 256; the number of its processors unless set.</summary>
    public int MaxConcurrentHashes { get; set; } = Environment.ProcessorCount;

    /// <summary>The most requests that wait for a password hash. Further requests get 429. 0 to 10,000; 32 unless set.</summary>
    public int MaxWaitingHashes { get; set; } = 32;
}
