namespace McpFunctions.Functions.Auth;

/// <summary>Users, sessions, tokens and passwords.</summary>
public sealed class AuthOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Auth";

    /// <summary>What values of the sample settings begin with. They are known to everybody, and refused outside Development.</summary>
    public const string SampleMark = "local-only-";

    /// <summary>The name of the administrator who can sign in to a new gateway.</summary>
    public string AdminUsername { get; set; } = "";

    /// <summary>That administrator's password, at least 12 characters.</summary>
    public string AdminPassword { get; set; } = "";

    /// <summary>The id of the key in <see cref="SigningKeys"/> that signs new tokens.</summary>
    public string SigningKeyId { get; set; } = "";

    /// <summary>
    /// The keys that tokens may be signed with, by id, each base64 of at least 32 bytes (RFC 7518, section 3.2: a key for
    /// HMAC-SHA256 is at least as long as its output). To rotate: add a key, name it in <see cref="SigningKeyId"/>, and
    /// remove the old one when the tokens signed with it have ended.
    /// </summary>
    public Dictionary<string, string> SigningKeys { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long an access token is good for: a minute to a day; 15 minutes unless set.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lives without being used: 5 seconds to 30 days; 30 minutes unless set.</summary>
    public TimeSpan SessionIdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a session lives however much it is used: at least <see cref="SessionIdleTimeout"/>, at most 90 days; 12 hours unless set.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>How many sessions a user may have: 1 to 1,000; 50 unless set. A further login ends the one that was not used for the longest time.</summary>
    public int MaxSessionsPerUser { get; set; } = 50;

    /// <summary>How many API keys a user may have: 1 to 1,000; 100 unless set.</summary>
    public int MaxApiKeysPerUser { get; set; } = 100;

    /// <summary>
    /// How many rounds of PBKDF2-HMAC-SHA512 a password is hashed with: 100,000 to 10,000,000; 210,000 unless set (OWASP
    /// Password Storage Cheat Sheet). When it is raised, each password is hashed anew at its user's next login.
    /// </summary>
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>After so many failed logins in 15 minutes, a name is locked for 15 minutes: 1 to 100; 5 unless set.</summary>
    public int MaxFailuresPerName { get; set; } = 5;

    /// <summary>The same for an address, behind which there may be many users: 1 to 1,000; 20 unless set.</summary>
    public int MaxFailuresPerAddress { get; set; } = 20;

    /// <summary>How many logins of a name are checked in 15 minutes, those that succeed included: 1 to 1,000,000; 100 unless set.</summary>
    public int MaxLoginsPerName { get; set; } = 100;

    /// <summary>The same for an address, behind which there may be many users: 1 to 1,000,000; 1,000 unless set.</summary>
    public int MaxLoginsPerAddress { get; set; } = 1_000;

    /// <summary>How many passwords are hashed at once on an instance: 1 to 256; the number of its processors unless set.</summary>
    public int MaxConcurrentHashes { get; set; } = Environment.ProcessorCount;

    /// <summary>How many requests may wait for a password to be hashed; further ones get 429: 0 to 10,000; 32 unless set.</summary>
    public int MaxWaitingHashes { get; set; } = 32;
}
