import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { UserDto } from '../users/users.dto';

export class LoginDto {
  @ApiProperty({ format: 'email', maxLength: 254, example: 'ada@example.com' })
  @IsString()
  @MaxLength(254)
  readonly email: string;

  @ApiProperty({ format: 'password', maxLength: 128, example: 'correct horse battery staple' })
  @IsString()
  @MaxLength(128)
  readonly password: string;
}

export class RefreshTokenDto {
  @ApiProperty({
    maxLength: 200,
    example: 'q1w2e3r4t5y6u7i8o9p0aQ.bWFueSByYW5kb20gY2hhcmFjdGVycyBzdGFuZCBoZXJlISE',
    description: 'The newest refresh token of the login.',
  })
  @IsString()
  @MaxLength(200)
  readonly refreshToken: string;
}

export class TokenPairDto {
  @ApiProperty({ description: 'For the header Authorization: Bearer <accessToken>.' })
  readonly accessToken: string;

  @ApiProperty({ description: 'Good once, for the next pair. Used twice it ends the whole login.' })
  readonly refreshToken: string;

  @ApiProperty({ enum: ['Bearer'] })
  readonly tokenType: 'Bearer';

  @ApiProperty({ type: 'integer', example: 900, description: 'Seconds until the access token expires.' })
  readonly expiresIn: number;
}

export class LoggedInDto extends TokenPairDto {
  @ApiProperty({ type: UserDto })
  readonly user: UserDto;
}
